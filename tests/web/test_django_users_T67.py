"""Which user of Django's somebody is: the one that was made for that identity, and nobody else's."""

from dataclasses import replace

from django.conf import settings

from azuread_auth.simulation.users import DEFAULT_USERS, SECOND_TENANT

pytest_plugins = ("tests.web.django_fixtures",)

MEGAN = DEFAULT_USERS["megan"]


def identity(user, tenant):
    """How a user of the tenant is called here."""
    return f"{user.object_id}.{tenant.tenant_id}"


def test_T67_email_maps_nobody(visitor, users):
    """Somebody with the e-mail address, or the name, of a user of Django's is another user."""
    users.objects.create_user("megan", email=MEGAN.email, password="x" * 12)
    users.objects.create_user(MEGAN.username, email=MEGAN.email, password="x" * 12)
    visitor.sign_in("megan")
    assert visitor.get("/me").json()["user"] == identity(MEGAN, visitor.tenant)
    assert users.objects.count() == 3


def test_T67_guests_of_other_tenants_are_others(make_visitor, configure, entra, users):
    """The same user name, address and object id from another tenant is another user."""
    configure(settings=entra.settings(tenant_id="organizations", tenants=[entra.tenant_id, SECOND_TENANT]))
    for tenant_id in (None, SECOND_TENANT):
        entra.sign_out("megan")
        make_visitor().sign_in(replace(MEGAN, tenant_id=tenant_id))
    names = set(users.objects.values_list("username", flat=True))
    assert names == {f"{MEGAN.object_id}.{entra.tenant_id}", f"{MEGAN.object_id}.{SECOND_TENANT}"}


def test_T67_a_name_that_was_taken_before(visitor, users, caplog):
    """Who registers with a password under the name that somebody will have shares nothing with that person."""
    users.objects.create_user(identity(MEGAN, visitor.tenant), password="x" * 12)
    refused = visitor.sign_in("megan")
    assert refused.status_code == 400
    assert b"no active user" in refused.content
    assert visitor.session_key is None
    assert visitor.get("/me").status_code == 401
    assert "was not made for it" in caplog.text
    assert visitor.with_token("/me", user="megan").json()["user"] is None


def test_T67_a_name_that_was_taken_without_a_password(visitor, make_visitor, users, caplog):
    """Who registers under that name by another sign-in, which leaves no password, has no part in it either."""
    taken = users(username=identity(MEGAN, visitor.tenant))
    taken.set_unusable_password()
    taken.save()
    attacker = make_visitor()
    attacker.client.force_login(taken, backend="django.contrib.auth.backends.ModelBackend")
    assert visitor.sign_in("megan").status_code == 400
    assert visitor.with_token("/me", user="megan").json()["user"] is None
    assert not attacker.get("/me").json()["staff"]
    assert "adopt" in caplog.text


def test_users_that_are_adopted(visitor, users):
    """The operator can say that such a user is the caller's alone."""
    from azuread_auth.django.users import adopt  # noqa: PLC0415 - Django is set up only now

    taken = users.objects.create_user(identity(MEGAN, visitor.tenant), password="x" * 12)
    adopt(taken)
    assert visitor.sign_in("megan").status_code == 303
    assert not taken.check_password("x" * 12)
    assert visitor.get("/me").json()["user"] == taken.username


def test_users_outlive_the_secret_key(make_visitor, configure, users):
    """Users made under an older key count while that is a fallback, and are under the new one after a sign-in."""
    present = settings.SECRET_KEY
    make_visitor().sign_in("megan")
    mark = users.objects.get().password
    configure(others={"SECRET_KEY": "n" * 60, "SECRET_KEY_FALLBACKS": [present]})
    assert make_visitor().with_token("/me", user="megan").json()["user"] is not None
    assert users.objects.get().password == mark
    make_visitor().sign_in("megan")
    assert users.objects.get().password != mark
    configure(others={"SECRET_KEY": "n" * 60, "SECRET_KEY_FALLBACKS": []})
    assert make_visitor().sign_in("megan").status_code == 303
    configure(others={"SECRET_KEY": "o" * 60, "SECRET_KEY_FALLBACKS": []})
    assert make_visitor().sign_in("megan").status_code == 400


def test_names_are_only_shown(visitor, users):
    """What a tenant calls its users may be long, or no text for a database."""
    visitor.sign_in(replace(MEGAN, object_id="11111111-2222-3333-4444-555555555555", name="M\0" * 200))
    assert users.objects.get().first_name == "M" * 150


def test_users_who_are_not_active_stay_out(visitor, users):
    """A user whom Django's administrator has deactivated can neither sign in nor go on."""
    visitor.sign_in("megan")
    users.objects.update(is_active=False)
    assert visitor.get("/me").status_code == 401
    assert visitor.sign_in("megan").status_code == 400
    for path in ("/me", "/async/me", "/files"):
        assert visitor.with_token(path, user="megan", scopes=["Files.Read"]).status_code == 403


def outside(principal):
    """The project's own user, if no transaction is open, which a second first sign-in would wait for."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - Django is set up only now
    from django.db import connection  # noqa: PLC0415 - as above

    return None if connection.in_atomic_block else get_user_model().objects.get_or_create(username="own")[0]


def test_two_first_sign_ins_do_not_wait_for_each_other(make_visitor, configure):
    """Users are found, or made, before the transaction in which their rights are changed."""
    configure(user_for=outside)
    assert make_visitor().sign_in("megan").status_code == 303
