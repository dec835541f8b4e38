"""What is forgotten, and what is not."""

from provd.provisioning.recent import Recent


class Thing:
    """Something that was made for a key."""


def test_what_was_made_for_a_key_is_found_again() -> None:
    things = Recent[str, Thing](Thing, 10)
    assert things["a"] is things["a"]
    assert things.find("a") is things["a"]
    assert things["b"] is not things["a"]


def test_what_is_used_stays_and_the_rest_is_forgotten_in_the_end() -> None:
    things = Recent[int, Thing](Thing, 10)
    used, unused = things[0], things[1]
    for number in range(2, 100):
        assert things[0] is used
        assert things.find(number) is None
        assert things[number] is things.find(number)
        held = [at for at in range(100) if things.find(at)]
        assert len(held) <= 20
        assert set(range(max(0, number - 8), number)) <= set(held)
    assert things.find(1) is None
    assert things[1] is not unused


def test_a_look_is_no_use() -> None:
    things = Recent[int, Thing](Thing, 10)
    for number in range(30):
        things.find(0)
        things[number]
    assert things.find(0) is None
