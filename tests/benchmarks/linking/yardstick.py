"""What the package `recordlinkage` reaches on the FEBRL sets, with the fields that linking here sees.

Its own way: block on each field alone, compare names by Jaro-Winkler and keys exactly, and let its unsupervised
classifier (expectation-maximisation) decide. It knows no review: a pair is a match or none. Needs the extra `bench`.
"""

from __future__ import annotations

import time
import warnings
from importlib import import_module
from typing import Any

from tests.benchmarks.linking.febrl import Line, person


def reach(originals: list[Line], doubles: list[Line], *, birthday: bool) -> tuple[int, int, int, int, float]:
    """(matches, of them right, true pairs, comparisons, seconds)."""
    pandas, recordlinkage = import_module("pandas"), import_module("recordlinkage")
    warnings.filterwarnings("ignore", module="recordlinkage|sklearn|pandas")
    fields = ["given_name", "surname", "soc_sec_id", *(["date_of_birth"] if birthday else [])]
    frames = [_frame(pandas, side, fields) for side in (originals, doubles)]
    started = time.process_time()
    indexer = recordlinkage.Index()
    for name in fields:
        indexer.block(name)
    candidates = indexer.index(*frames)
    compare = recordlinkage.Compare()
    for name in fields:
        if name in ("given_name", "surname"):
            compare.string(name, name, method="jarowinkler", threshold=0.85, label=name)
        else:
            compare.exact(name, name, label=name)
    features = compare.compute(candidates, *frames)
    matches = recordlinkage.ECMClassifier(binarize=0.5).fit_predict(features)
    seconds = time.process_time() - started
    labels = {line["rec_id"]: person(line) for line in (*originals, *doubles)}
    right = sum(labels[one] == labels[other] for one, other in matches)
    mine = {person(line) for line in originals}
    true = sum(person(line) in mine for line in doubles)
    return len(matches), right, true, len(candidates), seconds


def _frame(pandas: Any, lines: list[Line], fields: list[str]) -> Any:
    rows = [{name: line[name] or None for name in fields} for line in lines]
    return pandas.DataFrame(rows, index=[line["rec_id"] for line in lines])
