"""`python3 dev.py bench [--json] [NAME…]`: measure, print a table, exit with 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from tests.bench.ledger import decision, estimate
from tests.bench.measure import Result, Unavailable, table
from tests.bench.opening import opening
from tests.bench.package import package
from tests.bench.search import search
from tests.bench.transcript import transcript
from tests.bench.ttft import ttft
from tests.bench.windows import idle, memory, start

BENCHES: dict[str, Callable[[], list[Result]]] = {
    "start": start,
    "memory": memory,
    "idle": idle,
    "ttft": ttft,
    "decision": decision,
    "estimate": estimate,
    "transcript": transcript,
    "search": search,
    "open": opening,
    "package": package,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)} (all if none)")
    options = parser.parse_args()
    unknown = set(options.names) - BENCHES.keys()
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    results: list[Result] = []
    missing: dict[str, str] = {}
    for name in options.names or [name for name in BENCHES if name != "package"]:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            results += BENCHES[name]()
        except Unavailable as reason:
            missing[name] = str(reason)
    if options.json:
        print(json.dumps({"results": [r.as_json() for r in results], "unavailable": missing}))
    else:
        print(table(results))
        for name, reason in missing.items():
            print(f"{name}: not measured: {reason}")
    return 0 if all(r.held for r in results) and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
