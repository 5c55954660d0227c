# What tools/test and tools/demo share. Sourced, not run.

# Debian packages that the build, the tests and the demo need.
system_packages=(
  pkg-config libzmq3-dev libsqlite3-dev libhdf5-dev zlib1g-dev libmetis-dev dataset-fashion-mnist python3 python3-venv
)

say() { printf '%s\n' "$*" >&2; }

# Ends with one sentence: what is wrong, and what to do.
die() {
  say "${0##*/}: $*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_installed() {
  [[ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" == "install ok installed" ]]
}

# Runs a command as root: directly, or by sudo where there is one.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "needs root for '$*', and there is no sudo; run it as root, then run ${0##*/} again"
  fi
}

# Installs the Debian packages that are missing; touches nothing when all are there.
install_missing_packages() {
  if ! have dpkg-query; then
    say "this is not Debian: taking for granted that libzmq, libsqlite3, libhdf5, zlib, libmetis and python3 are there"
    return
  fi
  local missing=() package
  for package in "${system_packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  say "installing ${missing[*]}"
  as_root apt-get update -q >&2 ||
    die "'apt-get update' failed; check the network and /etc/apt/sources.list"
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 ||
    die "'apt-get install ${missing[*]}' failed; install the packages by hand and try again"
}

require_swift() {
  have swift || die "there is no 'swift' on the PATH; install Swift 6.2 or newer (swift.org/install)"
}

# Makes .venv with the versions of tools/requirements.txt, and without their dependencies the packages
# of tools/data-requirements.txt, of which only data files are read; makes it anew when they changed.
make_venv() {
  local stamp=.venv/requirements.txt
  cat tools/requirements.txt tools/data-requirements.txt | cmp -s - "$stamp" && return
  say "making .venv"
  rm -rf .venv
  python3 -m venv .venv >&2 || die "'python3 -m venv .venv' failed; is python3-venv installed?"
  .venv/bin/python -m pip install -q --disable-pip-version-check -r tools/requirements.txt >&2 ||
    die "pip cannot install tools/requirements.txt; check the network"
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps \
    -r tools/data-requirements.txt >&2 ||
    die "pip cannot install tools/data-requirements.txt; check the network"
  cat tools/requirements.txt tools/data-requirements.txt >"$stamp"
}

# Makes .venv-torch with the versions of tools/torch-requirements.txt; makes it anew when they changed.
make_torch_venv() {
  local stamp=.venv-torch/requirements.txt
  cmp -s tools/torch-requirements.txt "$stamp" && return
  say "making .venv-torch; this takes some minutes and gigabytes"
  rm -rf .venv-torch
  python3 -m venv .venv-torch >&2 || die "'python3 -m venv .venv-torch' failed; is python3-venv installed?"
  .venv-torch/bin/python -m pip install -q --disable-pip-version-check \
    -r tools/torch-requirements.txt >&2 ||
    die "pip cannot install tools/torch-requirements.txt; check the network"
  cp tools/torch-requirements.txt "$stamp"
}
