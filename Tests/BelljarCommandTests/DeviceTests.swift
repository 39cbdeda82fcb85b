import BelljarKernel
import BelljarModel
import Testing

/// Hosts on which a device is something else, or cannot be used: in a mount namespace of each test's own.
@Suite struct DeviceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Lines of a shell that break it.
        var script: String
        /// The device that is named; nil for what builds do not have from the host.
        var device: String?
        /// Whether the build takes random numbers from the host.
        var takesRandom = false
    }

    /// All of `/dev` but one name.
    private static func without(_ name: String, then script: String = "") -> String {
        let others = ["null", "zero", "full", "random", "urandom", "tty", "ptmx"].filter { $0 != name }
        return """
            mkdir dev && mount -t tmpfs none dev
            for i in \(others.joined(separator: " ")); do : > dev/$i; mount --bind /dev/$i dev/$i; done
            \(script)
            mount --rbind dev /dev
            """
    }

    static let unprivileged: [Case] =
        ["null", "zero", "full"].flatMap { name in
            let path = "/dev/\(name)"
            let other = name == "null" ? "/dev/zero" : "/dev/null"
            return [
                Case(testDescription: "\(name): a file", script: ": > file; mount --bind file \(path)", device: path),
                Case(testDescription: "\(name): another", script: "mount --bind \(other) \(path)", device: path),
                Case(
                    testDescription: "\(name): closed",
                    script: "mount --bind \(path) \(path); mount -o remount,bind,nodev \(path)", device: path),
                Case(testDescription: "\(name): not there", script: without(name), device: path),
                Case(
                    testDescription: "\(name): leads nowhere", script: without(name, then: "ln -s nowhere dev/\(name)"),
                    device: path),
                Case(
                    testDescription: "\(name): a folder", script: without(name, then: "mkdir dev/\(name)"), device: path
                ),
            ]
        } + [
            Case(
                testDescription: "random: a file", script: ": > file; mount --bind file /dev/random",
                device: "/dev/random",
                takesRandom: true),
            Case(
                testDescription: "urandom: another", script: "mount --bind /dev/zero /dev/urandom",
                device: "/dev/urandom",
                takesRandom: true),
            // Builds have others in their places.
            Case(testDescription: "random, not used", script: ": > file; mount --bind file /dev/random"),
            Case(testDescription: "urandom, not used", script: "mount --bind /dev/zero /dev/urandom"),
            Case(testDescription: "tty: a file", script: ": > file; mount --bind file /dev/tty", device: "/dev/tty"),
            Case(testDescription: "tty: not there", script: without("tty"), device: "/dev/tty"),
            Case(testDescription: "ptmx, not used", script: ": > file; mount --bind file /dev/ptmx"),
        ]

    /// What only root can make: nodes of their own.
    static let privileged: [Case] = [("null", 3), ("zero", 5), ("full", 7)].flatMap { name, minor in
        [0o644, 0o600, 0o222, 0o777].map { mode in
            let text = String(mode, radix: 8)
            return Case(
                testDescription: "\(name): mode \(text)",
                script: without(name, then: "mknod -m 0\(text) dev/\(name) c 1 \(minor)"), device: "/dev/\(name)")
        }
    }

    private static let recipe = """
        if true 2>/dev/null; then echo with > $OUT/a; else echo without > $OUT/a; fi
        head -c 3 /dev/zero | wc -c > $OUT/b; echo x > /dev/full || echo full > $OUT/c; ls -l /dev/null > $OUT/d
        """

    private func broken(_ project: Project, _ script: String, _ arguments: String...) throws -> Answer {
        let shell = ["/bin/sh", "-e", "-c", script + "\nexec \"$@\"", "sh", Project.programs + "/belljar"] + arguments
        let flags = isRoot ? ["--mount"] : ["--user", "--map-current-user", "--keep-caps", "--mount"]
        return try project.start("/usr/bin/unshare", flags + shell).finish()
    }

    private func check(_ item: Case) throws {
        let project = try Project()
        try project.recipe("uses", run: Self.recipe, more: item.takesRandom ? "controls: {random: real}" : "")
        let answer = try broken(project, item.script, "build", "uses", "--json")
        let text = "\(answer.text) \(answer.complaint)"
        let healthy = { () throws -> JSONValue? in
            try project.belljar("build", "uses", "--json").json()["builds"]?.array?.first
        }
        guard let device = item.device else {
            #expect(answer.code == 0, "\(text)")
            let tree = try #require(try answer.json()["builds"]?.array?.first?["tree"])
            #expect(try project.belljar("build", "uses", "--no-cache").code == 0)
            #expect(try healthy()?["tree"] == tree)
            return
        }
        #expect(answer.code == 4, "\(text)")
        let error = try #require(try answer.json()["error"], "\(text)")
        #expect(error["subject"]?.string == device, "\(text)")
        #expect(error["stage"]?.string == "check-devices", "\(text)")
        #expect(error["remedy"]?.string?.contains("mknod -m 0666 \(device) c ") == true, "\(text)")
        #expect(try project.belljar("records", "--json").json() == ["records": []])
        let doctor = try broken(project, item.script, "doctor", "--json")
        // Doctor says what holds for builds as they are by default, whose random numbers come from no device.
        #expect(doctor.code == (item.takesRandom ? 0 : 4), "\(doctor.text)")
        let line = try doctor.json()["features"]?.array?.first { $0["name"]?.string == "devices" }
        #expect(
            line?["state"]?.string == (item.takesRandom ? "optional-missing" : "missing")
                && line?["finding"]?.string?.contains(device) == true, "\(doctor.text)")
        let built = try healthy()
        #expect(built?["cached"]?.bool == false && built?["status"]?.string == "ok")
    }

    @Test(.disabled(if: isRoot, "as root the namespace would be the host's own"), arguments: unprivileged)
    func aBrokenDeviceIsNoBuild(_ item: Case) throws { try check(item) }

    @Test(.enabled(if: isRoot, "only root can make devices"), arguments: privileged + unprivileged)
    func aBrokenDeviceIsNoBuildAsRoot(_ item: Case) throws { try check(item) }

    /// The permissions of a node that is mounted in a build can be changed on the host meanwhile.
    @Test(.enabled(if: isRoot, "only root can make devices"))
    func aDeviceThatIsClosedMeanwhileIsNoBuildAsRoot() throws {
        let project = try Project()
        try project.recipe("uses", run: "echo begun; sleep 2; echo done > $OUT/a")
        let script = Self.without("null", then: "mknod -m 0666 dev/null c 1 3")
        let answer = try broken(
            project, script + "\n(sleep 1; chmod 0644 /dev/null) >&- 2>&- &", "build", "uses", "--json")
        #expect(answer.code == 4, "\(answer.text) \(answer.complaint)")
        #expect(try answer.json()["error"]?["subject"]?.string == "/dev/null")
        #expect(try project.belljar("records", "--json").json() == ["records": []])
    }

    /// A setting that every pid namespace has and hands down: what is in a memory file cannot be executed.
    @Test(.enabled(if: isRoot, "only root may change a setting"))
    func aSettingThatBuildsCannotHaveIsNoBuildAsRoot() throws {
        let project = try Project()
        try project.recipe("uses", run: "echo done > $OUT/a")
        func strict(_ arguments: String...) throws -> Answer {
            let script = "echo 1 > /proc/sys/vm/memfd_noexec && exec \"$@\""
            return try project.start(
                "/usr/bin/unshare",
                ["--pid", "--fork", "--mount-proc", "/bin/sh", "-c", script, "sh", Project.programs + "/belljar"]
                    + arguments
            ).finish()
        }
        let answer = try strict("build", "uses", "--json")
        #expect(answer.code == 4, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["subject"]?.string == "vm.memfd_noexec" && error["stage"]?.string == "check-settings", "\(error)")
        #expect(try project.belljar("records", "--json").json() == ["records": []])
        #expect(try strict("doctor", "--json").code == 4)
        #expect(try project.belljar("build", "uses").code == 0)
    }
}
