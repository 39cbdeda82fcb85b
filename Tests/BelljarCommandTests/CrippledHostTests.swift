import BelljarKernel
import BelljarModel
import Testing

/// Hosts that are only half there: what `doctor` says and what `build` does are one and the same.
@Suite(
    .enabled(if: HalfHost.isAvailable), .disabled(if: isRoot, "as root the namespaces would look like root's own host"))
struct CrippledHostTests {
    /// Swift's own arguments come from /proc. A program that has none prints its help and succeeds.
    @Test func `without proc every command still is the one that was asked for`() throws {
        let project = try Project()
        let host = try HalfHost(project)
        let gone = ["userns", "mountns", "tmpfs=/proc"]
        let version = try host.belljar(gone, ["version"])
        #expect(version.code == 0)
        #expect(version.text == (try project.belljar("version")).text)
        #expect(try host.belljar(gone, ["build", "--nonsense"]).code == 2)
        for command in [["build"], ["build", "hello"], ["records"], ["store", "du"], ["toolchain", "list"]] {
            let answer = try host.belljar(gone, command, "--json")
            #expect(answer.code == 4, "\(command): \(answer.text)")
            let error = try #require(try answer.json()["error"])
            #expect(error["subject"]?.string == "/proc")
            #expect(error["answer"]?.string?.contains("no proc file system") == true)
            #expect(error["remedy"]?.string?.contains("mount -t proc") == true)
        }
    }

    // MARK: What doctor says and what build does

    /// One host. Its row in docs/hosts.md has the same name.
    struct Row: Sendable {
        var name: String
        var words: [String]
        /// What both say in the error's or the line's text.
        var cause: String
        /// What both advise.
        var remedy: String

        init(_ name: String, _ words: String, _ cause: String, _ remedy: String) {
            self.name = name
            self.words = words.split(separator: " ").map(String.init)
            self.cause = cause
            self.remedy = remedy
        }
    }

    /// Every limit of namespaces, in a user namespace that has limits of its own.
    static let namespaces =
        [
            ("user", "user"), ("mount", "mnt"), ("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"),
            ("cgroup", "cgroup"), ("time", "time"),
        ].map { kind, short in
            Row(
                "no \(kind) namespaces", "userns write=/proc/sys/user/max_\(short)_namespaces=0",
                "the sysctl user.max_\(short)_namespaces is 0", "sysctl user.max_\(short)_namespaces=")
        } + [
            Row(
                "one mount namespace", "userns write=/proc/sys/user/max_mnt_namespaces=1",
                "user.max_mnt_namespaces, 1 here", "raise sysctl user.max_mnt_namespaces")
        ]

    static let proc = [
        Row("no /proc", "userns mountns tmpfs=/proc", "no proc file system with this process in it", "mount -t proc"),
        Row("/proc of other processes", "userns mountns pidns", "belongs to another PID namespace", "mount -t proc"),
        Row("read-only /proc", "userns mountns remount=/proc=ro", "/proc is mounted read-only", "remount,rw /proc"),
        Row(
            "a file of /proc masked", "userns mountns mask=/proc/uptime", "over parts of /proc (/proc/uptime)",
            "systempaths=unconfined"),
        Row(
            "a folder of /proc masked", "userns mountns tmpfs=/proc/sys", "over parts of /proc (/proc/sys)",
            "systempaths=unconfined"),
    ]

    static let places = [
        Row("`unshare -r`", "root-userns", "has no id 65534", "without `unshare -r`"),
        Row("`unshare -U`", "lost-userns", "its own id is not mapped", "unshare -c"),
        Row("a chroot", "userns mountns ROOT chroot=JAIL", "belljar runs in a chroot", "outside of the chroot"),
        Row(
            "a chroot into a mount", "userns mountns bind=/=JAIL chroot=JAIL", "or it is in a chroot",
            "outside of the chroot"),
        Row("belljar-init on noexec", "userns mountns remount=INIT=noexec", "mounted noexec", "$BELLJAR_INIT"),
    ]

    /// Calls that a container's filter, or a kernel that lacks them, answers with an error.
    static let calls =
        [
            ("unshare", "EPERM"), ("seccomp", "EINVAL"), ("seccomp listeners", "EINVAL"),
            ("second seccomp listener", "EBUSY"),
            ("process_vm_readv", "EPERM"), ("process_vm_writev", "ENOSYS"), ("pidfd_getfd", "ENOSYS"),
            ("pidfd_open", "ENOSYS"), ("mount_setattr", "ENOSYS"), ("open_tree", "ENOSYS"), ("fsopen", "ENODEV"),
            ("memfd_create", "ENOSYS"), ("personality", "EPERM"), ("openat2", "ENOSYS"), ("pivot_root", "EPERM"),
            ("execveat", "ENOSYS"), ("close_range", "ENOSYS"), ("sethostname", "EPERM"),
        ].map { name, error in
            let word =
                switch name {
                // SECCOMP_FILTER_FLAG_NEW_LISTENER
                case "seccomp listeners", "second seccomp listener": "deny=seccomp=\(error)=1=0x8"
                default: "deny=\(name)=\(error)"
                }
            return Row("no " + name, word, "started under a seccomp filter", "start belljar without the filter")
        } + [
            Row(
                "a tmpfs without attributes", "deny=fsetxattr=EOPNOTSUPP", "has no user extended attributes",
                "kernel 6.6 or newer")
        ]

    static let limits = [
        ("NOFILE", 12), ("NOFILE", 256), ("NPROC", 20), ("AS", 1_000_000_000), ("FSIZE", 1_000_000),
        ("STACK", 1_000_000), ("DATA", 100_000_000), ("CPU", 100),
    ].map { name, value in
        Row("RLIMIT_\(name) of \(value)", "limit=\(name)=\(value)", "hard limit is \(value)", "higher hard limit")
    }

    /// Hosts that are strange, and have all that a build needs.
    static let sufficient = [
        Row("a user namespace", "userns", "", ""), Row("other mounts", "userns mountns", "", ""),
        Row("hidepid", "userns mountns pidns proc=hidepid=2", "", ""), Row("no new privileges", "no-new-privs", "", ""),
        Row("no Landlock", "deny=landlock_create_ruleset=EOPNOTSUPP", "", ""),
        Row("no kcmp", "deny=kcmp=ENOSYS", "", ""),
        Row("store on noexec", "userns mountns remount=STORE=noexec", "", ""),
        Row("TMPDIR on noexec", "userns mountns remount=TMP=noexec", "", ""),
    ]

    @Test(arguments: [namespaces, proc, places, calls, limits])
    func `what doctor does not call ok is exit code 4 with the same cause, and no record`(rows: [Row]) throws {
        let project = try Project()
        let host = try HalfHost(project)
        for row in rows {
            try project.recipe("hello", run: "echo \(row.name.filter(\.isLetter)) > $OUT/a")
            let (doctor, build) = try both(row, host)
            #expect(doctor.code == 4, "\(row.name): \(doctor.text)\(doctor.complaint)")
            #expect(build.code == 4, "\(row.name): \(build.text)\(build.complaint)")
            let error = try #require(try build.json()["error"], "\(row.name)")
            #expect(error["code"]?.string == "sandbox_unavailable")
            #expect(Self.text(error["subject"], error["answer"]).contains(row.cause), "\(row.name): \(build.text)")
            #expect(error["remedy"]?.string?.contains(row.remedy) == true, "\(row.name): \(build.text)")
            #expect(try says(doctor, row), "\(row.name): \(doctor.text)")
        }
        #expect(try project.belljar("records", "--json").json() == ["records": []])
    }

    @Test func `what doctor calls ok builds`() throws {
        let project = try Project()
        let host = try HalfHost(project)
        for (index, row) in Self.sufficient.enumerated() {
            try project.recipe("hello", run: "echo \(index) > $OUT/a")
            let (doctor, build) = try both(row, host)
            #expect(doctor.code == 0, "\(row.name): \(doctor.text)\(doctor.complaint)")
            #expect(build.code == 0, "\(row.name): \(build.text)\(build.complaint)")
            #expect(try doctor.json()["complete"]?.bool == true)
        }
        let records = try project.belljar("records", "--json").json()["records"]?.array
        #expect(records?.count == Self.sufficient.count)
    }

    @Test func `the guide to hosts has every row, with its exit code`() throws {
        let guide = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/hosts.md"
        let bytes = try Descriptor.workingDirectory.open(guide).readAll(limit: 1 << 20)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let all = [Self.namespaces, Self.proc, Self.places, Self.calls, Self.limits]
        for (rows, code) in all.map({ ($0, "4") }) + [(Self.sufficient, "0")] {
            for row in rows {
                let line = lines.first { $0.hasPrefix("| \(row.name) |") }
                #expect(line?.contains("| \(code) |") == true, "\(row.name)")
            }
        }
        #expect(all.joined().count >= 25)
    }

    /// Both commands on one host.
    private func both(_ row: Row, _ host: HalfHost) throws -> (doctor: Answer, build: Answer) {
        let project = host.project
        let (jail, programs) = (project.path + "/jail", project.path + "/programs")
        let needsInit = row.words.contains { $0.contains("INIT") }
        if needsInit {
            _ = try Descriptor.makeDirectories(programs)
            try #require(try project.run("/bin/cp", Project.programs + "/belljar-init", programs).code == 0)
        }
        let words = try row.words.flatMap { word in
            if word == "ROOT" { return try Self.copyOfRoot(at: jail) }
            if word.contains("JAIL") { _ = try Descriptor.makeDirectories(jail) }
            return [
                word.replacing("JAIL", with: jail).replacing("INIT", with: programs)
                    .replacing("STORE", with: project.store).replacing("TMP", with: project.path + "/tmp")
            ]
        }
        let (places, initPath) = (["--project", project.path, "--json"], programs + "/belljar-init")
        let environment = needsInit ? ["BELLJAR_INIT": initPath] : [:]
        return (
            try host.belljar(words, ["doctor"] + places, environment: environment),
            try host.belljar(words, ["build", "hello"] + places, environment: environment)
        )
    }

    /// Makes a folder with the names that are in the root, and says how to mount what is there: a root that is no mount's.
    private static func copyOfRoot(at jail: String) throws -> [String] {
        let folder = try Descriptor.makeDirectories(jail)
        let root = try Descriptor.workingDirectory.open("/", .directory)
        return try root.entries().compactMap { entry in
            let name = String(decoding: entry.name, as: UTF8.self)
            switch try root.status(of: name).kind {
            case .directory:
                try folder.makeDirectory(name)
                return "bind=/\(name)=\(jail)/\(name)"
            case .symlink:
                try folder.makeSymlink(name, target: String(decoding: root.readLink(name), as: UTF8.self))
                return nil
            default: return nil
            }
        }
    }

    private static func text(_ values: JSONValue?...) -> String {
        values.compactMap { $0?.string }.joined(separator: " ")
    }

    /// Whether doctor, in the line that decides or in the error that took its place, says the same.
    private func says(_ doctor: Answer, _ row: Row) throws -> Bool {
        let answer = try doctor.json()
        if let error = answer["error"] {
            return Self.text(error["subject"], error["answer"]).contains(row.cause)
        }
        let missing = answer["features"]?.array?.filter { $0["state"]?.string == "missing" } ?? []
        return answer["complete"]?.bool == false
            && missing.contains {
                $0["finding"]?.string?.contains(row.cause) == true && $0["remedy"]?.string?.contains(row.remedy) == true
            }
    }
}
