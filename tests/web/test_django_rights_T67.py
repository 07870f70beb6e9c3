"""What a bearer token carries of its user's rights in Django: none, unless the project names the scope that does."""

from dataclasses import replace

import pytest

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.users import DEFAULT_USERS

pytest_plugins = ("tests.web.django_fixtures",)

MEGAN = DEFAULT_USERS["megan"]
SCOPE = "Admin.All"
NOTHING = {
    "flags": [False, False],
    "copies": [False, False],
    "may": [False, False, False],
    "all": [],
    "by_group": [],
    "of_its_own": [],
    "groups": [],
    "permissions": 0,
}
FEW = {name: NOTHING[name] for name in ("may", "all", "by_group", "of_its_own")}


@pytest.fixture
def admin(make_visitor, users):
    """An administrator who has signed in once, with rights of every kind."""
    from django.contrib.auth.models import Permission  # noqa: PLC0415 - Django is set up only now

    make_visitor().sign_in("megan")
    user = users.objects.get()
    user.user_permissions.add(Permission.objects.get(codename="view_user"))
    user.groups.get().permissions.add(Permission.objects.get(codename="delete_user"))
    return user


@pytest.mark.parametrize("rights", [None, SCOPE])
def test_T67_a_token_is_not_its_user(visitor, configure, admin, rights):
    """T67: a token that some application was given for something else has no rights of Django's, in whatever way."""
    configure(bearer_rights=rights)
    scopes = ["Files.Read"] if rights else ["Files.Read", SCOPE]
    assert visitor.with_token("/rights", user="megan", scopes=scopes).json() == NOTHING
    assert visitor.with_token("/async/rights", user="megan", scopes=scopes).json() == FEW
    assert visitor.with_token("/me", user="megan", scopes=scopes).json()["user"] == admin.username


def test_T67_the_administration_is_not_for_tokens(visitor, users, admin):
    """T67: nobody gets into Django's administration by a token, where Django asks for no CSRF token."""
    token = {"user": "megan", "scopes": ["Files.Read"]}
    assert visitor.with_token("/admin/", **token).status_code == 302
    new = {"username": "backdoor", "password1": "Str0ng!!passw0rd", "password2": "Str0ng!!passw0rd"}
    visitor.post("/admin/auth/user/add/", new, **visitor.tenant.headers(**token))
    assert [user.username for user in users.objects.all()] == [admin.username]


def test_tokens_with_the_scope(visitor, configure, admin):
    """The scope that the project names carries what Django gives the user."""
    configure(bearer_rights=SCOPE)
    token = {"user": "megan", "scopes": [SCOPE]}
    every = visitor.with_token("/rights", **token).json()
    assert (every["flags"], every["copies"], every["may"]) == ([True, True], [True, True], [True, True, True])
    assert (every["groups"], every["permissions"]) == (["administrators"], 1)
    assert visitor.with_token("/async/rights", **token).json()["may"] == [True, True, True]
    assert visitor.with_token("/admin/", **token).status_code == 200


def test_flags_need_the_role_too(visitor, make_visitor, configure, admin):
    """Where roles decide about a flag, an older or newer token without the role is without the flag."""
    configure(bearer_rights=SCOPE)
    token = {"user": replace(MEGAN, roles=()), "scopes": [SCOPE]}
    fewer = visitor.with_token("/rights", **token).json()
    assert (fewer["flags"], fewer["may"]) == ([False, False], [True, True, True])
    assert (fewer["all"], fewer["by_group"]) == (["auth.delete_user"], ["auth.delete_user"])
    assert fewer["of_its_own"] == ["auth.view_user"]
    configure(bearer_rights=SCOPE, staff_role=..., superuser_role=...)
    assert make_visitor().with_token("/rights", **token).json()["flags"] == [True, True]


def test_nothing_is_written_of_it(visitor, admin):
    """A view that saves the user saves what the table has."""
    assert visitor.with_token("/save", user=replace(MEGAN, roles=())).status_code == 200
    admin.refresh_from_db()
    assert (admin.first_name, admin.is_staff, admin.is_superuser) == ("Saved", True, True)


def test_applications_are_nobody(visitor, configure):
    """An application that calls for itself has no rights, whatever its roles are called."""
    configure(bearer_rights=SCOPE)
    assert visitor.with_token("/rights", kind="app", roles=[SCOPE]).json() == NOTHING


@pytest.mark.parametrize("wrong", [7, "", ["Admin.All"]])
def test_a_scope_is_named(configure, make_visitor, wrong):
    """Anything but one name stops the start."""
    configure(bearer_rights=wrong)
    with pytest.raises(ConfigurationError, match="bearer_rights"):
        make_visitor().get("/me")


def nobody_yet(principal):
    """Refuses as a project does whose users are made by hand."""
    from azuread_auth.errors import LoginFailed  # noqa: PLC0415 - for one line

    message = "you have no account here yet"
    raise LoginFailed(message)


def by_hand(principal):
    """The project's own user."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - Django is set up only now

    return get_user_model().objects.filter(username="by hand").first()


def test_users_of_the_projects_own(make_visitor, configure, users):
    """Its function is asked; who has no user is anonymous to Django, who is not active or not wanted is refused."""
    configure(user_for=nobody_yet, login=...)
    assert make_visitor().with_token("/me", user="megan").status_code == 403
    assert make_visitor().with_token("/me", kind="app", roles=["access_as_app"]).json()["user"] is None
    configure(user_for=by_hand, login=...)
    visitor = make_visitor()
    assert visitor.with_token("/me", user="megan").json()["user"] is None
    user = users.objects.create_user("by hand")
    assert visitor.with_token("/me", user="megan").json()["user"] == "by hand"
    users.objects.filter(pk=user.pk).update(is_active=False)
    for path in ("/me", "/async/me", "/anyone"):
        refused = visitor.with_token(path, user="megan")
        assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")


def test_an_api_alone_looks_nobody_up(visitor, configure, users):
    """It may have no table of users; where a view asks for one, who is not active is nobody."""
    configure(login=...)
    visitor.with_token("/me", user="megan")
    users.objects.update(is_active=False)
    assert visitor.with_token("/files", user="megan", scopes=["Files.Read"]).status_code == 200
    assert visitor.with_token("/me", user="megan").json()["user"] is None
