#!/usr/bin/env bash
# versions.sh: run the tests that show most of the program with each later Python that is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=(tests/composer/test_golden.py tests/test_written_by_0_1_0.py tests/test_config.py tests/sender/test_journal.py
  tests/selector/test_selection.py tests/cli/test_main.py tests/test_mime.py)
for version in 3.12 3.13 3.14; do
  python=
  for found in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python3; do
    "$found" -c "import ensurepip" 2>/dev/null && python=$found && break
  done
  [ -n "$python" ] || {
    echo "versions: Python $version is not installed"
    continue
  }
  folder=.venv-$version
  [ -e "$folder/.dev" ] || {
    "$python" -m venv "$folder"
    PIP_CONSTRAINT=$PWD/constraints.txt "$folder/bin/python" -m pip --disable-pip-version-check -q install -e '.[dev]'
    touch "$folder/.dev"
  }
  echo "versions: $("$folder/bin/python" --version)"
  "$folder/bin/python" -m pytest -q -n auto -p no:cacheprovider "${tests[@]}"
done
