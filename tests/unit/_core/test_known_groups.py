"""What is remembered of groups is bounded by how many there are."""

from azuread_auth._core.known_groups import KnownGroups


def groups(count: int) -> frozenset[str]:
    """So many."""
    return frozenset(map(str, range(count)))


def test_groups_are_known_until_they_are_old() -> None:
    """To the end of their time and no longer, each owner's by itself."""
    known = KnownGroups()
    assert known.find("adele", now=0) is None
    known.keep("adele", groups(3), until=10)
    assert known.find("adele", now=9.9) == groups(3)
    assert known.find("adele", now=10) is None
    assert known.find("megan", now=0) is None
    known.keep("adele", groups(1), until=20)
    assert known.find("adele", now=10) == groups(1)


def test_memory_is_bounded_by_groups() -> None:
    """Those that nobody asked for longest go first, however few owners they have."""
    known = KnownGroups(most_groups=400)
    known.keep("kept", groups(10), until=10)
    for number in range(20):
        known.keep(number, groups(50), until=10)
        assert known.find("kept", now=0) == groups(10)
    assert len(known) < 8
    assert known.find(0, now=0) is None
    assert known.find(19, now=0) == groups(50)


def test_one_that_is_larger_than_the_memory() -> None:
    """It is known until the next comes, and nobody else is kept with it for longer."""
    known = KnownGroups(most_groups=10)
    known.keep("large", groups(100), until=10)
    assert known.find("large", now=0) == groups(100)
    for number in range(3):
        known.keep(number, groups(100), until=10)
    assert known.find("large", now=0) is None
    assert len(known) == 2


def test_old_groups_are_not_moved_on() -> None:
    """What is over is not kept for having been asked for."""
    known = KnownGroups(most_groups=100)
    known.keep("old", groups(10), until=5)
    known.keep("other", groups(35), until=10)
    known.keep("third", groups(30), until=10)
    assert known.find("old", now=6) is None
    assert known.find("other", now=6) == groups(35)
