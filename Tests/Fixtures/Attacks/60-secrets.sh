# Secrets in the environment, in logs and in records
# The runner of a continuous integration has tokens in its environment, and a build prints its environment sooner or later. What a
# recipe asks for by name is for the steps that list it, and stands in no log, output or record.
# Cloud keys and base64 have slashes, so that no file's name by itself is one.
token=hunter2-$RANDOM/$RANDOM-token
environment=("CI_TOKEN=$token" "AWS_SECRET_ACCESS_KEY=$token")
leak() { CI_TOKEN=$token sh -c 'env | grep -c "^CI_TOKEN=hunter2"'; }
outside 1 leak
inside 0 'env | grep -c hunter2 || :; ! env | grep TOKEN'
more='secrets: [{name: token, variable: CI_TOKEN, environment: TOKEN}]'
# Steps are what `recipe` does not vary: those of these builds list the secret.
secret_recipe() {
    recipe attack "$1"
    sed -i 's/  - name: attack/  - name: attack\n    secrets: [token]/' "$row/project/Recipes/attack/recipe.yaml"
    recipe=attack
}
# shellcheck disable=SC2016
secret_recipe 'printf "%s" "$TOKEN" | wc -c; echo "$TOKEN"; cat /run/secrets/token; echo; echo done >/out/done'
build built
matches "the log" "${#token}"$'\n[[]secret[]]\n[[]secret[]]' "$(cat "$row/log")"
refuse "the token is in the record" grep -q "$token" "$row/record"
refuse "the token is in the store" grep -rqs "$token" "$row/store"
# shellcheck disable=SC2016
for form in 'cat /run/secrets/token >/out/leak' 'base64 /run/secrets/token >/out/leak' 'od -An -tx1 /run/secrets/token | tr -d " \n" >/out/leak' \
    'mkdir -p /out/$TOKEN' 'mkdir -p /out/$TOKEN; touch /out/$TOKEN/x' 'mkdir -p /out/d/${TOKEN%/*}; touch /out/d/$TOKEN' \
    'mkdir -p /out/${TOKEN%/*}; ln -s x /out/$TOKEN' 'mkdir -p /out/${TOKEN%/*}; ln -s $TOKEN /out/link'; do
    secret_recipe "$form"
    belljar build --json --quiet attack >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
    ended build_failed "$code"
    matches "the stage for $form" secrets "$(jq -r .error.stage "$row/answer")"
    refuse "the token is in the answer" grep -q "$token" "$row/answer"
    refuse "the token is in the store" grep -rqs "$token" "$row/store"
done
# What is kept of a failed build for its owner to look at.
# shellcheck disable=SC2016
secret_recipe 'mkdir -p $TOKEN /build/fine; touch $TOKEN/x; false'
belljar build --json --quiet --keep-failed attack >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended build_failed "$code"
kept=$(jq -r '.error.details[] | select(startswith("kept: ")) | ltrimstr("kept: ")' "$row/answer")
expect "the folder beside it is kept" test -d "$kept/build/fine"
refuse "the token is in a path that was kept" bash -c 'find "$1" -path "*$2*" | grep -q .' - "$kept" "$token"
refuse "the token is in the answer" grep -q "$token" "$row/answer"
