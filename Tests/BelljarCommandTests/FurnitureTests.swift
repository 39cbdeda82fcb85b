import BelljarKernel
import BelljarModel
import Testing

/// What of an image and of the machine a build finds, by whole builds.
@Suite struct FurnitureTests {
    /// A toolchain like `tiny` whose image has more, made by lines of a shell that begin in its root.
    private func toolchain(_ name: String, _ script: String, in project: Project) throws {
        let made = try project.run(
            "/bin/sh", "-ec",
            """
            mkdir -p root/bin root/etc; cp /bin/busybox root/bin/
            for applet in $(/bin/busybox --list); do [ $applet = busybox ] || ln -s busybox root/bin/$applet; done
            cd root; \(script)
            cd ..; tar -c -C root --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -f \(name).tar .
            rm -rf root; sha256sum \(name).tar | cut -d' ' -f1
            """)
        try #require(made.code == 0, "\(made.complaint)")
        let digest = String(made.text.prefix(64))
        let answer = try project.belljar(
            "toolchain", "import", name, "https://archive.invalid/\(name).tar", "--sha256", digest, "--file",
            "\(name).tar")
        try #require(answer.code == 0, "\(answer.complaint)")
    }

    private func built(_ project: Project, _ name: String, _ run: String, more: String = "", toolchain: String) throws {
        try project.recipe(name, run: run, more: more)
        let path = "Recipes/\(name)/recipe.yaml"
        let text = try project.read(path)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        try project.write(
            path, lines.map { $0 == "toolchain: tiny" ? "toolchain: \(toolchain)" : $0 }.joined(separator: "\n"))
        let answer = try project.belljar("build", name, "--output", "out")
        try #require(answer.code == 0, "\(answer.complaint)")
    }

    @Test func accountsAreTheImagesWithTheBuilder() throws {
        let project = try Project()
        try toolchain(
            "debian",
            """
            printf 'root:x:0:0:root:/root:/bin/bash\\nsync:x:4:65534:sync:/bin:/bin/sync\\n' > etc/passwd
            printf 'root:x:0:\\nstaff:x:50:\\nusers:x:100:\\n' > etc/group
            echo 'mine 77/tcp' > etc/services; echo 'Factory: here' > etc/localtime; echo 0 > etc/machine-id
            """, in: project)
        let script = """
            cat /etc/passwd /etc/group /etc/services /etc/localtime /etc/machine-id > $OUT/files
            id -un > $OUT/id; grep -c tcp /etc/protocols >> $OUT/id
            """
        try built(project, "user", script, toolchain: "debian")
        #expect(
            try project.read("out/user/files") == """
                root:x:0:0:root:/root:/bin/bash
                sync:x:4:65534:sync:/bin:/bin/sync
                builder:x:1000:1000:builder:/build/.home:/bin/sh
                nobody:x:65534:65534:nobody:/nonexistent:/bin/false
                root:x:0:
                staff:x:50:
                users:x:100:
                builder:x:1000:
                nogroup:x:65534:
                mine 77/tcp
                Factory: here
                62656c6c6a6172000000000000000001

                """)
        #expect(try project.read("out/user/id") == "builder\n1\n")
        // A group that only the image knows.
        try built(
            project, "root", "touch a; chown root:staff a; stat -c %U:%G a > $OUT/owner", more: "root: fake",
            toolchain: "debian")
        #expect(try project.read("out/root/owner") == "root:staff\n")
    }

    @Test func anImageWithoutAccountsGetsThem() throws {
        let project = try Project()
        try project.recipe(
            "bare", run: "id -gn > $OUT/id; grep -c : /etc/passwd >> $OUT/id; grep http /etc/services >> $OUT/id")
        let answer = try project.belljar("build", "bare", "--output", "out")
        try #require(answer.code == 0, "\(answer.complaint)")
        #expect(
            try project.read("out/bare/id")
                == "builder\n3\nhttp\t80/tcp\nhttps\t443/tcp\nhttps\t443/udp\n"
                + "http-alt\t8080/tcp\nhttp-alt\t8080/udp\n")
    }

    /// Another image, or other processors, are another build.
    @Test func processorsDecideTheKey() throws {
        let project = try Project()
        func action(_ cpus: Int) throws -> String? {
            try project.recipe(
                "one", run: "cat /sys/devices/system/cpu/online > $OUT/a", more: "limits: {cpus: \(cpus)}")
            let answer = try project.belljar("build", "one", "--output", "out-\(cpus)")
            try #require(answer.code == 0, "\(answer.complaint)")
            #expect(try project.read("out-\(cpus)/one/a") == (cpus == 1 ? "0\n" : "0-\(cpus - 1)\n"))
            return try project.belljar("show", "one", "--json").json()["definition"]?["action"]?.string
        }
        let found = try [action(1), action(3), action(64)]
        #expect(Set(found.compactMap { $0 }).count == 3)
    }

    @Test func openFilesAreALimitOfTheRecipe() throws {
        let project = try Project()
        try project.recipe("many", run: "ulimit -n > $OUT/a", more: "limits: {files: 65536}")
        let answer = try project.belljar("build", "many", "--output", "out")
        let hard = try ProcessLimits.current(.openFiles).hard
        guard hard >= 65_536 else {
            // What the host does not have is said before anything runs.
            #expect(answer.code == 4, "\(answer.text)")
            return
        }
        try #require(answer.code == 0, "\(answer.complaint)")
        #expect(try project.read("out/many/a") == "65536\n")
        let shown = try project.belljar("show", "many", "--json").json()
        #expect(shown["definition"]?["limits"]?["openFiles"]?.string == nil)
        #expect(try project.belljar("show", "many", "--json").text.contains("\"openFiles\":65536"))
        #expect(try project.belljar("rebuild", "many").code == 0)
        // A host may hold builds to fewer.
        try project.write("home/.config/belljar/limits.yaml", "files: 5000\n")
        #expect(try project.belljar("build", "many", "--no-cache").code == 5)
    }

    /// A program for 32 bits, made by hand: its first call ends the process.
    @Test func programsFor32BitsAreRefusedWithASentence() throws {
        let project = try Project()
        try project.write("code.s", ".globl _start\n_start: mov $1, %eax\n mov $7, %ebx\n int $0x80\n")
        let made = try project.run(
            "/bin/sh", "-ec", "as --32 code.s -o code.o && ld -m elf_i386 code.o -o small; ./small || echo $?")
        try #require(made.text == "7\n", "this machine does not run them at all: \(made.complaint)")
        #expect(
            try project.run(
                "/bin/sh", "-ec", "mkdir -p Recipes/old Recipes/made; cp small Recipes/old; cp small Recipes/made"
            ).code == 0)
        try project.recipe("old", run: "/build/small", more: "sources: [{local: small}]")
        let answer = try project.belljar("build", "old")
        #expect(answer.code == 1)
        #expect(answer.complaint.contains("a sandbox runs 64-bit programs only"), "\(answer.complaint)")
        // Behind another program too, which only passes the failure on.
        try project.recipe("made", run: "(./small || exit 3)", more: "sources: [{local: small}]")
        let passed = try project.belljar("build", "made")
        #expect(passed.code == 1)
        #expect(passed.complaint.contains("a sandbox runs 64-bit programs only"), "\(passed.complaint)")
        try project.recipe("other", run: "exit 3")
        #expect(try !project.belljar("build", "other").complaint.contains("64 bits"))
    }
}
