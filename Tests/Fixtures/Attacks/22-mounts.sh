# Mounts, old and new
# With mounts a build could uncover what is covered, write to what is read-only, or leave its root. The calls of the new
# interface do not exist; the old ones are refused.
attempt root ENOSYS fsopen=ok open_tree=ok move_mount=E* mount_setattr=E[!P]*
attempt root EPERM mount-tmpfs=ok mount-bind=E[!P]* umount=ok chroot=ok pivot_root=E[!P]*
