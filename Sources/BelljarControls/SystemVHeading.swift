/// The first lines of the files of `/proc/sysvipc` (ipc/shm.c, ipc/msg.c, ipc/sem.c), which are all that they hold where
/// there are no objects.
package enum SystemVHeading {
    package static let sharedMemory =
        "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      "
        + "dtime      ctime                   rss                  swap\n"
    package static let queues =
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      "
        + "ctime\n"
    package static let semaphores =
        "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n"
}
