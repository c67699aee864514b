"""Which values of a program are observed, and that observing changes nothing."""

from typing import Any

from canonical import canonical
from observation import Observer, rewrite

PROGRAM = """
import asyncio
def helper(x):
    len(x)
    return x
def bench_discards(items):
    sorted(items)
    for item in items:
        pass
    try:
        raise KeyError(len(items))
    except KeyError:
        pass
    return helper(items)
def named(n):
    total = n * 2
    if n > 5:
        return None
    total += 1
async def bench_async():
    await asyncio.sleep(0, 7)
"""


def observe(program: str = PROGRAM, wanted: frozenset[str] = frozenset()) -> tuple[dict[str, Any], Observer]:
    observer = Observer()
    names: dict[str, Any] = {"__observe__": observer, "__observe_locals__": observer.locals}
    exec(compile(rewrite(program, "program", wanted), "program", "exec"), names)
    return names, observer


def previews(observer: Observer) -> list[str]:
    return [seen.preview for seen in observer.seen]


def test_discarded_values_loops_and_exceptions_are_seen() -> None:
    names, observer = observe()
    assert names["bench_discards"]([3, 1]) == [3, 1]
    assert previews(observer) == ["list(1,3,)", "3", "1", "KeyError(2,)"]


def test_awaited_values_are_seen() -> None:
    import asyncio

    names, observer = observe()
    asyncio.run(names["bench_async"]())
    assert previews(observer) == ["7"]


def test_other_functions_are_left_alone() -> None:
    names, observer = observe()
    names["helper"]([1])
    names["named"](1)
    assert observer.seen == []


def test_locals_of_named_functions_are_seen_at_every_return() -> None:
    names, observer = observe(wanted=frozenset({"named"}))
    names["named"](1)
    names["named"](9)
    assert previews(observer) == ["dict(str:'n',1,str:'total',3,)", "dict(str:'n',9,str:'total',18,)"]


def test_the_clock_looks_at_its_caller_but_not_at_times_and_iterators() -> None:
    observer = Observer()

    def timed() -> float:
        t0 = observer.clock()
        result = [1, 2]
        unfinished = iter(result)
        return observer.clock() - t0 + 0 * len([unfinished])

    assert timed() >= 0
    assert "t0" not in observer.seen[-1].preview and "unfinished" not in observer.seen[-1].preview
    assert "str:'result',list(1,2,)" in observer.seen[-1].preview


def test_a_place_is_sampled_but_each_number_counts() -> None:
    one, other = Observer(), Observer()
    for number in range(1000):
        one("place", number)
        other("place", number if number != 700 else 0)
    assert len(one.seen) < 20 and one.seen == other.seen
    assert canonical(one.counts) == canonical(other.counts)
    one.finish({})
    other.finish({})
    assert one.seen[-1].digest != other.seen[-1].digest
