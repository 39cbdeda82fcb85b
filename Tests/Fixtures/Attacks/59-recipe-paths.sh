# Paths in a recipe that climb out
# A recipe comes from the network as its sources do, and names files of the host: to read them into a build, to write outside of /build,
# or to take for an output what is none.
echo secret >"$row/secret"
folder=$row/project/Recipes/attack
mkdir -p "$folder"
echo harmless >"$folder/file"
climb() { cd "$folder" && cat ../../../secret; }
outside secret climb
# try_recipe KEYS [OF THE STEP] [OUTPUT]
try_recipe() {
    printf 'name: attack\nversion: "1"\ntoolchain: tiny\nepoch: 1700000000\n%s\nsteps:\n  - {name: attack, run: "cat /build/* >/out/x"%s}\noutputs: [%s]\n' \
        "$1" "${2:-}" "${3:-x}" >"$folder/recipe.yaml"
    belljar build --json --quiet attack >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
}
# refuse_recipe WORDS KEYS...: what the answer says.
refuse_recipe() {
    local words=$1
    shift
    try_recipe "$@"
    ended usage "$code"
    matches "the answer to $*" "*$words*" "$(answer)"
    found belljar refused
}
# The same recipe is built when it names what it may.
try_recipe 'sources: [{local: file}]'
ended built "$code"
zeros=$(printf '0%.0s' {1..64})
climbs="climbs out of the recipe's folder"
refuse_recipe "$climbs" 'sources: [{local: ../../../secret}]'
refuse_recipe "secret\" is absolute" "sources: [{local: $row/secret}]"
refuse_recipe "$climbs" 'sources: [{local: a/../../../../secret}]'
refuse_recipe "$climbs" 'sources: [{patch: ../../../secret}]'
refuse_recipe 'into "../etc" climbs out of /build' "sources: [{file: 'https://archive.invalid/x', sha256: $zeros, into: ../etc}]"
refuse_recipe 'name "../x" contains a slash' "sources: [{file: 'https://archive.invalid/x', sha256: $zeros, name: ../x}]"
refuse_recipe 'unknown scheme "file"' "sources: [{file: 'file:///etc/passwd', sha256: $zeros}]"
refuse_recipe 'a user name or password' "sources: [{file: 'https://user:password@archive.invalid/x', sha256: $zeros}]"
refuse_recipe 'climbs out of the archive' "sources: [{archive: 'debian:../../x', sha256: $zeros}]"
refuse_recipe 'input "../attack"' 'inputs: [../attack]'
refuse_recipe 'climbs out of /build' '' ', directory: ../..'
refuse_recipe 'directory "/etc" is absolute' '' ', directory: /etc'
refuse_recipe 'climbs out of /out' '' '' ../x
refuse_recipe 'output "/etc/passwd" is absolute' '' '' /etc/passwd
refuse_recipe 'variable "PATH" cannot be changed: belljar sets it' 'environment: {PATH: /tmp}'
refuse_recipe 'variable "BELLJAR_JOBS" cannot be changed: belljar sets it' 'environment: {LD_PRELOAD: "", BELLJAR_JOBS: "9"}'
# A link beside the recipe that leads out of its folder.
ln -sfn "$row" "$folder/way"
refuse_recipe 'it is a link, or its path leads through one' 'sources: [{local: way/secret}]'
ln -sfn ../../../secret "$folder/link"
refuse_recipe 'it is a link, or its path leads through one' 'sources: [{local: link}]'
mkdir -p "$folder/folder"
ln -sfn ../../../../secret "$folder/folder/link"
refuse_recipe 'out of the directory' 'sources: [{local: folder}]'
refuse "the secret is in the store" grep -rqs '^secret$' "$row/store/blobs"
