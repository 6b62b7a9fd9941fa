# shellcheck shell=bash
# Shared by the scripts in tools/: where things are, how progress is told, how node is found. Sourced, not run.

deai_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deai_cache=${DEAI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/deai}

say() { printf '%s\n' "[${0##*/}] $*" >&2; }
die() { printf '%s\n' "[${0##*/}] error: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command quietly with its output in a log; shows the log's end when the command fails.
# usage: quietly "what is being done" LOG command...
quietly() {
  local what=$1 log=$2
  shift 2
  say "$what …"
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    die "$what failed (log: $log)"
  fi
}

# The node that tools/setup puts into the cache, where the system's is missing or too old, goes before the system's.
PATH=$deai_cache/node/bin:$PATH
export PATH

# ccache: one folder for all clones, paths relative to the clone so that a second clone hits what the first one built.
export CCACHE_DIR=${CCACHE_DIR:-$deai_cache/ccache}
export CCACHE_BASEDIR=$deai_root
export CCACHE_NOHASHDIR=1
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-3G}
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

# The unpacked Emscripten; its folder is named by what went into it.
deai_emscripten=$deai_cache/emscripten-$(grep -E '^(emscripten|binaryen|acorn|typescript) ' "$deai_root/tools/cmake/pins.txt" | sha256sum | cut -c1-12)

# Puts that Emscripten into the environment of the caller.
use_emscripten() {
  export EM_CONFIG=$deai_emscripten/config.py
  export EM_CACHE=$deai_emscripten/emscripten/cache # holds the prebuilt system libraries
  export DEAI_EMSCRIPTEN=$deai_emscripten/emscripten
  # The real interpreter: a version manager's shim in its place costs every call of the compiler 0.3 s.
  local python=/usr/bin/python3
  [[ -x $python ]] || python=$(command -v python3)
  export EMSDK_PYTHON=$python
  unset EMSDK EMSDK_NODE EM_LLVM_ROOT EM_BINARYEN_ROOT EM_NODE_JS EMCC_CFLAGS
  # ccache takes em++ for an unknown compiler, and its version from a script's date.
  export CCACHE_COMPILERTYPE=clang CCACHE_COMPILERCHECK="string:${deai_emscripten##*/}"
  PATH=$deai_emscripten/emscripten:$deai_emscripten/emscripten/node_modules/.bin:$PATH
  export PATH
}
