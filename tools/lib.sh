# What tools/setup, tools/run and tools/test share. Sourced from the root of the tree.

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "Packages are missing and must be installed by root: $*"
    fi
}

install_packages() {
    local missing=()
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null)" = 'ii ' ] || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return
    say "Installing from Debian: ${missing[*]}"
    as_root apt-get update -qq || fail "apt-get update failed: is the machine's package source reachable?"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        >/tmp/yuanjian-apt.log 2>&1 || {
        tail -n 20 /tmp/yuanjian-apt.log
        fail "Debian's packages could not be installed (see above)."
    }
}

# Vite needs Node 20.19 or later; Debian 12 has 18. Where the machine's is too old, npm's own package "node" is used.
node_is_new_enough() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)'
}

choose_node() {
    node_is_new_enough && return
    local dir=build/node
    if [ ! -x $dir/node_modules/node/bin/node ]; then
        command -v npm >/dev/null || install_packages nodejs npm
        say "Installing Node 22 from npm into $dir ..."
        mkdir -p $dir
        npm install --silent --no-fund --no-audit --prefix $dir node@22 || fail "npm could not install its package 'node'."
    fi
    PATH=$PWD/$dir/node_modules/node/bin:$PATH
    export PATH
    node_is_new_enough || fail "No Node 20.19 or later was found or could be installed."
}

# Runs npm only when what it read has changed.
build_pages() {
    local stamp=web-client/node_modules/.yuanjian-stamp
    if ! cmp -s web-client/package-lock.json $stamp; then
        (cd web-client && npm ci --silent --no-fund --no-audit) || fail "npm ci failed in web-client/."
        cp web-client/package-lock.json $stamp
    fi
    local newest=
    if [ -e web-client/dist/.built ]; then
        newest=$(find web-client \( -name node_modules -o -name dist -o -name test-results \) -prune -o \
            -type f -newer web-client/dist/.built -print -quit)
    fi
    if [ ! -e web-client/dist/.built ] || [ -n "$newest" ]; then
        mkdir -p build
        (cd web-client && npm run --silent build) >build/pages.log 2>&1 || {
            tail -n 30 build/pages.log
            fail "The pages could not be built; the whole log is build/pages.log."
        }
        touch web-client/dist/.built
    fi
}

# configure DIR [meson options]
configure() {
    local dir=$1
    shift
    mkdir -p "$dir"
    [ -e "$dir/build.ninja" ] && return
    meson setup "$dir" "$@" >"$dir/setup.log" 2>&1 || {
        tail -n 30 "$dir/setup.log"
        fail "meson could not configure $dir."
    }
}
