# Sourced by the scripts: points JAVA_HOME at a JDK 25 or later, or says how to get one.
swage_jdk_major() { # prints the feature release of the JDK in $1, or 0
  [ -x "$1/bin/javac" ] || { echo 0; return; }
  local line=""
  if [ -r "$1/release" ]; then line=$(grep '^JAVA_VERSION=' "$1/release" || true); fi
  if [ -z "$line" ]; then line=$("$1/bin/javac" -version 2>&1 | sed 's/^javac /JAVA_VERSION="/' || true); fi
  line=${line#*\"}
  line=${line%%[!0-9]*}
  echo "${line:-0}"
}
swage_find_jdk() {
  local candidate javac_path
  javac_path=$(command -v javac 2>/dev/null || true)
  for candidate in \
    "${SWAGE_JAVA_HOME:-}" "${JAVA_HOME:-}" \
    "${javac_path:+$(dirname "$(dirname "$(readlink -f "$javac_path" 2>/dev/null || echo "$javac_path")")")}" \
    /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*jdk* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.jbang/cache/jdks/* "$HOME"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if [ -n "$candidate" ] && [ "$(swage_jdk_major "$candidate")" -ge 25 ]; then
      export JAVA_HOME="$candidate"
      return 0
    fi
  done
  echo "swage: no JDK 25 or later found; install one or point SWAGE_JAVA_HOME at it" >&2
  return 1
}
swage_find_jdk || exit 1
