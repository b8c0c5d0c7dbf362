#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh virtual environment, and runs its tests and the notebooks there.
#
#   python/check.sh                    in the dev profile, which shares the target folder with `cargo test`
#   KINECHO_WHEEL_PROFILE=release python/check.sh
#   KINECHO_WHEEL=FILE python/check.sh a wheel that is there already
#
# Optional packages are installed where they can be; PyTorch is taken from $KINECHO_PYTHON (or python3) where that has it. Tests that need what is
# missing skip, unless $KINECHO_REQUIRE names it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${KINECHO_PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/env"
env=$work/env/bin/python
pip() { "$env" -m pip install --quiet --disable-pip-version-check "$@"; }

wheel=${KINECHO_WHEEL:-}
if [ -z "$wheel" ]; then
  profile=${KINECHO_WHEEL_PROFILE:-dev}
  # HDF5 and Zarr are tested by `cargo test`; without them fewer crates are compiled a second time.
  features=(--no-default-features)
  if [ "$profile" = release ]; then features=(); fi
  pip "maturin>=1.9.4,<2"
  "$work/env/bin/maturin" build --profile "$profile" "${features[@]}" --out "$work/wheels"
  wheel=$(echo "$work"/wheels/*.whl)
fi
pip "$wheel" pytest
for package in pandas xarray webdataset datasets tqdm; do
  pip "$package" || echo "$package cannot be installed: its tests will skip"
done
pip nbclient nbformat ipykernel matplotlib || echo "the notebooks will not be executed"
# Behind what is installed here, so that it replaces nothing.
if beside=$("$python" -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).parents[1])' 2>/dev/null); then
  echo "$beside" >"$("$env" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/zz_torch.pth"
else
  echo "PyTorch is not installed: its tests will skip"
fi

# From a folder of its own: what is tested is the installed package, not the one beside this file.
tests=$PWD/python/tests notebooks=$PWD/examples/notebooks
cd "$work"
"$env" -m pytest -q -p no:cacheprovider "$tests"
if "$env" -c 'import nbclient, ipykernel, matplotlib' 2>/dev/null; then
  PATH=$work/env/bin:$PATH "$env" "$notebooks/execute.py"
fi
