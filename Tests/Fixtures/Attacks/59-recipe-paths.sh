# Paths in a recipe that climb out
# A recipe comes from the network as its sources do, and names files of the host: to read them into a build, to write outside of /build,
# or to take for an output what is none.
echo secret >"$row/secret"
mkdir -p "$row/project/Recipes/attack"
climb() { cd "$row/project/Recipes/attack" && cat ../../../secret; }
outside secret climb
refuse_recipe() {
    local code
    printf 'name: attack\nversion: "1"\ntoolchain: tiny\nepoch: 1700000000\n%s\nsteps:\n  - {name: attack, run: "cat /build/* >/out/x"%s}\noutputs: [%s]\n' \
        "$1" "${2:-}" "${3:-x}" >"$row/project/Recipes/attack/recipe.yaml"
    belljar build --json --quiet attack >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended usage "$code"
    found belljar refused
}
zeros=$(printf '0%.0s' {1..64})
refuse_recipe 'sources: [{local: ../../../secret}]'
refuse_recipe "sources: [{local: $row/secret}]"
refuse_recipe 'sources: [{local: a/../../../../secret}]'
refuse_recipe 'sources: [{patch: ../../../secret}]'
refuse_recipe "sources: [{file: 'https://archive.invalid/x', sha256: $zeros, into: ../etc}]"
refuse_recipe "sources: [{file: 'https://archive.invalid/x', sha256: $zeros, name: ../x}]"
refuse_recipe "sources: [{file: 'file:///etc/passwd', sha256: $zeros}]"
refuse_recipe "sources: [{file: 'https://user:password@archive.invalid/x', sha256: $zeros}]"
refuse_recipe "sources: [{archive: 'debian:../../x', sha256: $zeros}]"
refuse_recipe 'inputs: [../attack]'
refuse_recipe '' ', directory: ../..'
refuse_recipe '' ', directory: /etc'
refuse_recipe '' '' ../x
refuse_recipe '' '' /etc/passwd
refuse_recipe 'environment: {PATH: /tmp}'
refuse_recipe 'environment: {LD_PRELOAD: "", BELLJAR_JOBS: "9"}'
# A link beside the recipe that leads out of its folder.
ln -sfn "$row" "$row/project/Recipes/attack/way"
refuse_recipe 'sources: [{local: way/secret}]'
ln -sfn ../../../secret "$row/project/Recipes/attack/link"
refuse_recipe 'sources: [{local: link}]'
mkdir -p "$row/project/Recipes/attack/folder"
ln -sfn ../../../../secret "$row/project/Recipes/attack/folder/link"
refuse_recipe 'sources: [{local: folder}]'
refuse "the secret is in the store" grep -rqs '^secret$' "$row/store/blobs"
