// Who and where this is.
#include "probe.h"
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
int main(void) {
    struct utsname names;
    char host[256] = "", domain[256] = "", folder[4096];
    gid_t groups[64];
    uname(&names);
    printf("uname %s|%s|%s|%s|%s\n", names.sysname, names.nodename, names.release, names.version, names.machine);
    check("release", strncmp(names.release, "6.1.0", 5) == 0);
    syscall(SYS_uname, &names);
    printf("by the call %s|%s|%s|%s\n", names.nodename, names.release, names.version, names.domainname);
    gethostname(host, sizeof host);
    getdomainname(domain, sizeof domain);
    printf("host %s domain %s hostid %lx\n", host, domain, gethostid());
    printf("uid %d %d gid %d %d\n", getuid(), geteuid(), getgid(), getegid());
    int count = getgroups(64, groups);
    printf("groups %d:", count);
    for (int i = 0; i < count; i++) printf(" %d", groups[i]);
    struct passwd *user = getpwuid(getuid());
    if (user) printf("\nuser %s %s %s %s\n", user->pw_name, user->pw_gecos, user->pw_dir, user->pw_shell);
    struct group *group = getgrgid(getgid());
    printf("group %s\n", group ? group->gr_name : "none");
    printf("folder %s\n", getcwd(folder, sizeof folder) ? folder : "none");
    mode_t mask = umask(0);
    printf("umask %03o nice %d scheduler %d\n", mask, getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
    for (int i = 0; i < 3; i++) printf("terminal %d %d\n", i, isatty(i));
    printf("login %s\n", getlogin() ? "known" : "unknown");
    say_file("/proc/version");
    say_file("/proc/cmdline");
    say_file("/proc/sys/kernel/osrelease");
    say_file("/proc/sys/kernel/version");
    say_file("/proc/sys/kernel/hostname");
    say_file("/proc/sys/kernel/domainname");
    say_file("/etc/machine-id");
}
