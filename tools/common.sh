# common.sh: what tools/test, tools/demo and tools/bench/run share. Source it; it sets $root and $build.

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
build=$root/build
python=$build/venv/bin/python
mkdir -p "$build"

# Configures SOURCE-TREE into FOLDER, quietly unless it fails: configure FOLDER [CMAKE-OPTION...]
configure() {
	local folder=$1
	shift
	mkdir -p "$folder"
	cmake -S "$root" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo "$@" >"$folder/configure.log" 2>&1 || {
		cat "$folder/configure.log"
		return 1
	}
}

# A virtual environment in build/venv with the Python package, built against build/lib: python_environment [PIP-ARGUMENT...]
python_environment() {
	local system=/usr/bin/python3 # the one that the packages of tools/packages belong to
	[ -x $system ] || system=python3
	[ -x "$python" ] || $system -m venv "$build/venv" || return
	"$python" -m pip install --quiet numpy setuptools wheel "$@" || return
	# from a copy: setuptools leaves its build folder beside what it builds
	rm -rf "$build/python" && cp -R "$root/client-lib/python" "$build/python" || return
	FRAMEBROKER_LIBRARY_DIR=$build/lib FRAMEBROKER_INCLUDE_DIR=$root/include "$python" -m pip install --quiet \
		--force-reinstall --no-deps --no-build-isolation "$build/python" || return
	ln -sf "$build/bin/framebrokerd" "$build/bin/framebroker" "$build/venv/bin/" # as an installation would have them
}
