# Keyrings of the account that runs the build
# Keys live in the kernel and belong to a user, not to a namespace: a build that reaches the keyrings of the account that
# runs it can read credentials that others keep there, or leave something for the next build.
attempt plain ENOSYS add_key=ok keyctl=ok request_key=ENOKEY
