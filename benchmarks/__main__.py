"""`./run bench [NAME …] [--leads N] [--json]`, `./run bench performance FOLDER`, `./run bench matching FOLDER`."""

import argparse
import json
import os
import platform
import runpy
import sys

import django

from benchmarks.performance import __main__ as performance

if __name__ == "__main__" and sys.argv[1:2] == ["performance"]:  # over an export: no settings, no database
    sys.exit(performance.main(sys.argv[2:]))

if __name__ == "__main__" and sys.argv[1:2] == ["matching"]:  # over files, with options of its own
    sys.argv = ["./run bench matching", *sys.argv[2:]]
    runpy.run_module("benchmarks.matching", run_name="__main__", alter_sys=False)

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()

from django.db import connection  # noqa: E402

from benchmarks.suite import ALL, empty_databases  # noqa: E402


def main() -> int:
    """1 where a figure is above its bar."""
    parser = argparse.ArgumentParser(prog="./run bench", description="What the product costs on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(ALL)}; all of them when left out")
    parser.add_argument("--leads", type=int, help="how many to measure with (each benchmark has its own default)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in ALL]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
    if options.leads is not None and options.leads < 1:
        parser.error("--leads takes a number from 1")
    found = {}
    missed = 0
    with empty_databases() as move_to:
        for name in options.names or ALL:
            move_to(name)
            leads = options.leads or ALL[name].leads
            figures = ALL[name].measure(leads)
            missed += sum(figure.is_too_much for figure in figures)
            found[name] = {"leads": leads, "figures": [figure.as_dict() for figure in figures]}
            if not options.json:
                print(f"{name}: {ALL[name].about}")
                print(*figures, "", sep="\n", flush=True)
        machine = _machine()
    print(json.dumps({"machine": machine, "benchmarks": found}, indent=1) if options.json else machine)
    return 1 if missed else 0


def _machine() -> str:
    version = connection.cursor().connection.info.server_version // 10_000
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version}"


if __name__ == "__main__":
    sys.exit(main())
