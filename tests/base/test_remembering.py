"""What is kept of what was worked out."""

from __future__ import annotations

from ldnsim.base.remembering import forget, remembered


def test_what_has_a_hash_is_worked_out_once_until_all_is_forgotten() -> None:
    asked = list[object]()

    @remembered(4)
    def seen(thing: object) -> int:
        asked.append(thing)
        return len(asked)

    assert [seen("a"), seen("a"), seen("b")] == [1, 1, 2]
    # a list may have changed meanwhile
    assert [seen(["a"]), seen(["a"])] == [3, 4]
    forget()
    assert seen("a") == 5
