// Changes of owner and mode.
#include "probe.h"
#include <grp.h>
static void look(const char *name) {
    struct stat status;
    if (stat("file", &status) == 0) printf("%s owner %d:%d mode %o\n", name, status.st_uid, status.st_gid, status.st_mode);
}
int main(void) {
    write_file("file", "");
    look("made");
    say_result("chown to root", chown("file", 0, 0));
    look("then");
    say_result("chown to itself", chown("file", getuid(), getgid()));
    say_result("lchown to another", lchown("file", 1234, 1234));
    look("then");
    say_result("chmod", chmod("file", 04751));
    look("then");
    say_result("setuid", setuid(0));
    say_result("setgroups", setgroups(0, NULL));
}
