"""Users of Django's who are deactivated, hidden or removed: neither a token nor a sign-in brings them back."""

import os
import subprocess
import sys
from functools import cache

import pytest

from azuread_auth.errors import LoginFailed

pytest_plugins = ("tests.web.django_fixtures",)

PATHS = ("/me", "/async/me", "/anyone", "/files", "/async/files")


def by_token(visitor, paths=PATHS):
    """What the site answers to Megan's token."""
    return {visitor.with_token(path, user="megan", scopes=["Files.Read"]).status_code for path in paths}


@pytest.mark.parametrize(
    "password", ["!" + "x" * 40, "md5$salt$0123456789abcdef0123456789abcdef", ""], ids=["unusable", "another", "none"]
)
def test_without_a_mark_they_stay_out_too(visitor, users, password):
    """Who deactivates a user takes the password away as well, and with it the mark: the tokens are refused still."""
    visitor.sign_in("megan")
    assert by_token(visitor) == {200}
    users.objects.update(is_active=False, password=password)
    assert by_token(visitor) == {403}
    assert visitor.sign_in("megan").status_code == 400
    users.objects.update(is_active=True)
    assert by_token(visitor) == {200}
    assert visitor.with_token("/me", user="megan").json()["user"] is None


def test_another_secret_key_lets_nobody_in(make_visitor, configure, users):
    """Marks that are unreadable after a change of SECRET_KEY do not make inactive users unknown."""
    make_visitor().sign_in("megan")
    users.objects.update(is_active=False)
    configure(others={"SECRET_KEY": "n" * 60, "SECRET_KEY_FALLBACKS": []})
    assert by_token(make_visitor()) == {403}


@cache
def hiding_model():
    """Users of the same table, whose default manager hides the inactive and those who have left."""
    from django.contrib.auth.models import User, UserManager  # noqa: PLC0415 - Django is set up only now

    class PresentUsers(UserManager):
        def get_queryset(self):
            return super().get_queryset().filter(is_active=True).exclude(last_name="left")

    class Hiding(User):
        objects = PresentUsers()
        everybody = UserManager()

        class Meta:
            app_label = "auth"
            proxy = True

    return Hiding


@pytest.mark.parametrize("change", [{"is_active": False}, {"last_name": "left"}], ids=["inactive", "left"])
def test_managers_that_hide_users(make_visitor, configure, users, change):
    """Whom the model's manager hides is known to be there: refused by token, by session and by sign-in."""
    model = hiding_model()
    configure(others={"AUTH_USER_MODEL": "auth.Hiding"}, staff_role=..., superuser_role=..., group_roles=...)
    visitor = make_visitor()
    visitor.sign_in("megan")
    assert (by_token(visitor), visitor.get("/me").status_code) == ({200}, 200)
    model.everybody.update(**change)
    assert (by_token(visitor), visitor.get("/me").status_code) == ({403}, 401)
    assert make_visitor().sign_in("megan").status_code == 400
    configure(others={"AUTH_USER_MODEL": "auth.Hiding"}, login=...)
    assert make_visitor().with_token("/me", user="megan").json()["user"] is None
    assert visitor.with_token("/public/api", user="megan").status_code == 401


def test_other_errors_of_the_database_are_told(make_visitor, configure, users):
    """A user who cannot be made, for a reason of the project's own, is an error and not an unknown caller."""
    from django.db import IntegrityError, connection  # noqa: PLC0415 - Django is set up only now

    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER full BEFORE INSERT ON auth_user BEGIN SELECT RAISE(ABORT, 'full'); END")
        try:
            with pytest.raises(IntegrityError, match="full"):
                make_visitor().sign_in("megan")
        finally:
            cursor.execute("DROP TRIGGER full")


def closed(principal):
    """Refuses as a project does whose accounts are closed."""
    message = "your account is closed"
    raise LoginFailed(message)


def test_accounts_that_user_for_refuses(make_visitor, configure):
    """Who may not sign in may not call by a token either; an application is without a user of Django's."""
    configure(user_for=closed)
    visitor = make_visitor()
    assert visitor.sign_in("megan").status_code == 400
    assert by_token(visitor) == {403}
    assert "closed" not in visitor.with_token("/me", user="megan").content.decode()
    assert visitor.with_token("/me", kind="app", roles=["access_as_app"]).json()["user"] is None
    assert visitor.with_token("/job", kind="app", roles=["access_as_app"]).status_code == 200


def of_its_own(principal):
    """A user as a project looks up its own, active or not."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - Django is set up only now

    return get_user_model().objects.filter(username="of-its-own").first()


def test_users_of_the_project_who_are_deactivated(make_visitor, configure, users):
    """Whom `user_for` gives is let in as long as it is active; who has no user is let in as nobody of Django's."""
    configure(user_for=of_its_own)
    visitor = make_visitor()
    assert by_token(visitor) == {200}
    user = users.objects.create(username="of-its-own")
    assert by_token(visitor) == {200}
    user.is_active = False
    user.save()
    assert by_token(visitor) == {403}
    assert visitor.sign_in("megan").status_code == 400


def removed(principal):
    """The user, whom somebody else removes at that moment."""
    from azuread_auth.django.users import default_user_for  # noqa: PLC0415 - Django is set up only now

    user = default_user_for(principal)
    type(user).objects.filter(pk=user.pk).delete()
    return user


@pytest.mark.parametrize("name", ["megan", "adele"], ids=["before its flags", "before its session"])
def test_users_who_are_removed_during_the_sign_in(make_visitor, configure, users, stored_sessions, name):
    """It fails as a sign-in does, leaves nobody signed in, and can be tried again."""
    configure(user_for=removed)
    visitor = make_visitor()
    assert visitor.sign_in(name).status_code == 400
    assert visitor.get("/me").status_code == 401
    assert not any("_auth_user_id" in session.get_decoded() for session in stored_sessions.objects.all())
    configure(user_for=...)
    assert make_visitor().sign_in(name).status_code == 303
    assert users.objects.count() == 1


def test_errors_about_users_who_are_there(users, configure):
    """They are the database's own, and are told."""
    from django.db import DatabaseError  # noqa: PLC0415 - Django is set up only now

    from azuread_auth.django.users import unless_removed  # noqa: PLC0415 - as above

    user = users.objects.create_user("somebody")
    error = DatabaseError("no space")
    with pytest.raises(DatabaseError, match="no space"), unless_removed(user):
        raise error


ROUTED = """
import sys
from django.conf import settings

class Router:
    def db_for_read(self, model, **hints):
        return "people"
    db_for_write = db_for_read

from azuread_auth.simulation import SimulatedTenant
from tests.web.django_fixtures import SyncBrowser, call_command, django, site_values

with SimulatedTenant() as tenant:
    values = site_values()
    people = {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}
    values |= {"DATABASES": {"default": {}, "people": people}, "DATABASE_ROUTERS": [Router()]}
    values["AZUREAD_AUTH"] |= {"settings": tenant.settings()}
    settings.configure(**values)
    django.setup()
    call_command("migrate", database="people", verbosity=0)
    visitor = SyncBrowser(tenant)
    assert visitor.sign_in("megan").status_code == 303
    assert visitor.get("/me").json()["staff"]
    assert visitor.with_token("/me", user="megan").json()["user"]
"""


def test_users_in_another_database(tmp_path):
    """A router may send users elsewhere than to the default database, which need not be there."""
    environ = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    command = [sys.executable, "-W", "error", "-c", ROUTED, str(tmp_path / "people.sqlite3")]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
