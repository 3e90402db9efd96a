#!/bin/sh
# Make a virtual environment hold one hash-locked list, with uv when it is on PATH, else with pip:
#     requirements/install.sh run|test [FOLDER, by default .venv]
# A second call finds the list unchanged and returns at once.
set -eu
cd "$(dirname "$0")/.."
list=$1
venv=${2:-.venv}
start=$(date +%s)

if [ -x $venv/bin/python ] && ! $venv/bin/python -c '' 2>/dev/null; then
    rm -rf $venv # the Python that it was made with is gone
fi
cmp -s "requirements/$list.txt" "$venv/$list.txt" && exit 0

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        "$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$name" && return
    done
    echo "Studyplan needs Python 3.11 or newer with venv, and found none (tried python3.13, python3.12, python3.11 and" \
        "python3). On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
    exit 1
}

with_uv() {
    [ -x $venv/bin/python ] || uv venv --quiet --no-python-downloads --python "$python" $venv
    install="uv pip install --quiet --python $venv/bin/python"
    $install --require-hashes --no-deps -r requirements/build.txt
    $install --require-hashes --no-deps --no-build-isolation -r "requirements/$list.txt"
}

with_pip() {
    if "$python" -m pip --python "$(command -v "$python")" --version >/dev/null 2>&1; then
        [ -x $venv/bin/python ] || "$python" -m venv --without-pip $venv
        pip="$python -m pip --python $venv/bin/python"
    else
        $venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear $venv || no_pip
        pip="$venv/bin/python -m pip"
    fi
    install="$pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps"
    $install --only-binary=:all: -r requirements/build.txt
    # Three libraries are published as source only; setuptools, pinned in build.txt, builds them here.
    install="$install --only-binary=:all: --no-binary=feedgen,flask-principal,sgmllib3k --no-build-isolation"
    # pip spends its time on one core, reading the index: two of them, each with half the list, are done in half the time.
    halves=$(mktemp -d)
    awk -v to="$halves/" '/^[a-z0-9]/ { half = !half } { print > (to half) }' "requirements/$list.txt"
    $install -r "$halves/0" &
    $install -r "$halves/1"
    wait $!
    rm -r "$halves"
}

no_pip() {
    rm -rf $venv
    echo "$python has neither pip nor a working venv. On Debian or Ubuntu: apt-get install python3-venv" >&2
    exit 1
}

python=$(find_python)
echo "Installing requirements/$list.txt into $venv ..."
if command -v uv >/dev/null; then with_uv; else with_pip; fi

if [ $venv = .venv ]; then
    cat >.venv/bin/studyplan <<END
#!/bin/sh
PYTHONPATH='$PWD/src' exec '$PWD/.venv/bin/python' -m studyplan "\$@"
END
    chmod +x .venv/bin/studyplan
fi
cp requirements/run.txt $venv/ # `test` holds all of `run`
cp "requirements/$list.txt" $venv/
echo "Installed in $(($(date +%s) - start)) s."
