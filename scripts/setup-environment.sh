#!/bin/sh
# Makes .venv from requirements.lock: hashes required, uv for speed, pip where uv cannot work.
set -eu

"$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || {
    echo "setup: $PYTHON is $("$PYTHON" --version 2>&1), expected Python 3.11, 3.12 or 3.13; name one with PYTHON=..." >&2
    exit 1
}
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv

# uv itself comes from the same lock, with the same hashes.
awk '/^[a-z]/ {keep = /^uv==/} keep' requirements.lock > .venv/uv-only.lock
bin=.venv/bin
# Compiled to bytecode, as pip does by itself: TensorFlow and Keras are otherwise compiled in every process that imports
# them, in seven seconds, where the environment forbids Python to write (PYTHONDONTWRITEBYTECODE).
echo "setup: installing requirements.lock into .venv (2 GB, a minute or two the first time)"
if "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv-only.lock \
    && VIRTUAL_ENV=.venv "$bin/uv" pip sync --quiet --require-hashes --compile-bytecode requirements.lock; then
    VIRTUAL_ENV=.venv "$bin/uv" pip install --quiet --no-deps --no-build-isolation --editable .
else
    echo "setup: uv did not get through (a package mirror known to pip alone?), going on with pip" >&2
    "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
    "$bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
fi
# The kernel carries the environment, so that JupyterLab is as quiet as the reports however it is started.
"$bin/python" -m ipykernel install --sys-prefix --env TF_CPP_MIN_LOG_LEVEL 1 --env TF_ENABLE_ONEDNN_OPTS 0 >/dev/null
# JupyterLab looks for no news on the network, and asks nobody whether it may.
mkdir -p .venv/etc/jupyter/labconfig
echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' > .venv/etc/jupyter/labconfig/page_config.json
