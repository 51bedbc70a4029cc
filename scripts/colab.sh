#!/bin/sh
# For Colab, or another machine whose notebooks run in the system's Python: installs requirements.lock, hashes required,
# and the library into the interpreter that PYTHON names (python3). In a first cell, with the address of this repository:
#   !git clone --depth 1 ADDRESS boltzmann && cd boltzmann && sh scripts/colab.sh
# Then restart the session, so that the packages of the lock are those that are imported.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || {
    echo "colab: $python is $("$python" --version 2>&1), expected Python 3.11, 3.12 or 3.13; name one with PYTHON=..." >&2
    exit 1
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
awk '/^[a-z]/ {keep = /^uv==/} keep' requirements.lock > "$scratch/uv.lock"
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --target "$scratch/uv" -r "$scratch/uv.lock"
echo "colab: installing requirements.lock (2 GB, a minute or two)"
install() {
    "$scratch/uv/bin/uv" pip install --quiet --python "$python" --break-system-packages "$@"
}
install --require-hashes -r requirements.lock
install --no-deps --no-build-isolation --editable .
echo "colab: done. Restart the session (Runtime > Restart session), then open notebooks/00-ten-minutes.ipynb or, in a cell:"
echo "  import os; os.chdir('$(pwd)/notebooks')"
