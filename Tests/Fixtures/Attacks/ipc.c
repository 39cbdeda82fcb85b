// `ipc make`, `ipc use`, `ipc remove`: objects of System V and POSIX that processes share, one of each kind.
#define _GNU_SOURCE
#include "attack.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(int count, char **arguments) {
    if (count < 2) return 2;
    const int key = 0x62656c6c, flags = strcmp(arguments[1], "make") == 0 ? IPC_CREAT | 0600 : 0;
    int shared = shmget(key, 4096, flags), semaphore = semget(key, 1, flags), messages = msgget(key, flags);
    if (strcmp(arguments[1], "remove") == 0) {
        shmctl(shared, IPC_RMID, 0);
        semctl(semaphore, 0, IPC_RMID);
        msgctl(messages, IPC_RMID, 0);
        mq_unlink("/belljar-attack");
        return 0;
    }
    errno = 0;
    say("shm", shmget(key, 4096, flags));
    say("sem", semget(key, 1, flags));
    say("msg", msgget(key, flags));
    say("mq", mq_open("/belljar-attack", O_RDWR | (flags ? O_CREAT : 0), 0600, 0));
    return 0;
}
