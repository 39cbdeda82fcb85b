/// What is taken out of an image after its packages were configured, and why.
///
/// These rules and the way packages are unpacked and configured make up image format `ImageRules.version`: whoever
/// changes what comes out raises the number, and locks of the old number must be made anew.
enum ImageRules {
    static let version: UInt64 = 1

    enum Rule: Sendable {
        /// The directory stays, everything in it goes.
        case empty(String)
        /// The file or directory goes.
        case remove(String)
        /// The file stays, without content.
        case truncate(String)
        /// Files of this directory whose names end so go.
        case removeNamed(in: String, suffix: String)
        /// Files or directories of this name, or whose names end so, go wherever they are.
        case removeEverywhere(name: String)
        case removeEverywhereEndingWith(suffix: String)
    }

    /// Paths are relative to the image's root. A rule whose path is not there does nothing.
    static let all: [(rule: Rule, reason: String)] = [
        (.empty("dev"), "the sandbox mounts its own"),
        (.empty("proc"), "the sandbox mounts its own"),
        (.empty("sys"), "the sandbox has none"),
        (.empty("run"), "what runs in a build is not running in the image"),
        (.empty("tmp"), "left over from maintainer scripts"),
        (.empty("var/tmp"), "left over from maintainer scripts"),
        (.empty("var/log"), "logs carry the time of the configuration"),
        (.empty("var/backups"), "copies of the package database by day"),
        (.empty("var/cache/apt"), "apt's cache follows the machine"),
        (.empty("var/lib/apt/lists"), "package listings follow the day"),
        (.empty("var/cache/ldconfig"), "ldconfig's aux-cache carries inode numbers and times"),
        (.empty("var/cache/fontconfig"), "font caches carry modification times"),
        (.empty("var/cache/man"), "the manual's index carries modification times"),
        (.remove("var/cache/debconf/passwords.dat"), "may hold generated passwords"),
        (.removeNamed(in: "var/cache/debconf", suffix: "-old"), "the state before the last script"),
        (.removeNamed(in: "var/lib/dpkg", suffix: "-old"), "the state before the last script"),
        (.remove("var/lib/dpkg/lock"), "made by whoever uses dpkg"),
        (.remove("var/lib/dpkg/lock-frontend"), "made by whoever uses dpkg"),
        (.remove("var/lib/dpkg/triggers/Lock"), "made by whoever uses dpkg"),
        (
            .remove("etc/ssl/certs/java/cacerts"),
            "Java's key store holds the time of each entry; what it is made of lies in /etc/ssl/certs"
        ),
        (.remove("var/lib/systemd/random-seed"), "random"),
        (.remove("var/lib/systemd/catalog/database"), "an index with modification times"),
        (.remove("var/lib/dbus/machine-id"), "random"),
        (.truncate("etc/machine-id"), "random; empty means 'not set yet' (machine-id(5))"),
        (.remove("etc/.pwd.lock"), "made by whoever edits accounts"),
        (.removeNamed(in: "etc", suffix: "-"), "backups of account files before the last script"),
        (.remove("etc/hostname"), "the sandbox has its own"),
        (.remove("etc/resolv.conf"), "follows the machine, and a build has no network"),
        (.remove(Self.servicePolicyPath), "put there by belljar for the configuration only"),
        (.removeEverywhere(name: "__pycache__"), "compiled by postinst, with modification times"),
        (.removeEverywhereEndingWith(suffix: ".pyc"), "compiled by postinst, with modification times"),
    ]

    /// Tells invoke-rc.d that no service may be started (see its manual).
    static let servicePolicyPath = "usr/sbin/policy-rc.d"
}
