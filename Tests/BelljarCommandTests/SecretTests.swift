import BelljarKernel
import BelljarModel
import Testing

/// Secrets: who gets them, and that they get nowhere else.
@Suite struct SecretTests {
    private static let value = "s3cr3t/Token+value"
    private static let base64 = "czNjcjN0L1Rva2VuK3ZhbHVl"
    private static let together = "the log of standard output and standard error together holds the secret token"

    /// A project with one recipe of several steps, whose secret `token` is the variable TOKEN.
    private func project(_ steps: String, secrets: String? = nil, outputs: String = "[.]") throws -> Project {
        let project = try Project()
        let secrets = secrets ?? "secrets: [{name: token, variable: TOKEN, environment: PASS}]"
        try project.write(
            "Recipes/s/recipe.yaml",
            "name: s\nversion: '1'\ntoolchain: tiny\nepoch: 1700000000\n\(secrets)\nsteps:\n\(steps)outputs: \(outputs)\n"
        )
        return project
    }

    private func step(_ run: String, name: String = "build", gets: Bool = true) -> String {
        let script = run.split(separator: "\n").map { "      \($0)\n" }.joined()
        return "  - name: \(name)\n" + (gets ? "    secrets: [token]\n" : "") + "    run: |\n\(script)"
    }

    private func build(
        _ project: Project, _ options: String..., value: String? = SecretTests.value
    ) throws -> Answer {
        try project.start(
            Project.programs + "/belljar", ["build", "s", "--json"] + options,
            environment: value.map { ["TOKEN": $0] } ?? [:]
        ).finish()
    }

    /// Whether any file below a folder of the project holds a text.
    private func holds(_ project: Project, _ folder: String, _ text: String) throws -> Bool {
        try project.run("/bin/grep", "-rqF", "-e", text, "\(project.path)/\(folder)").code == 0
    }

    @Test func onlyTheStepsThatListItGetIt() throws {
        let look = """
            stat -c '%a %u' /run/secrets /run/secrets/token
            grep ' /run/secrets ' /proc/mounts | tail -n 1 | cut -d ' ' -f 3,4
            (echo x > /run/secrets/token) 2>&1 || true; (echo x > /run/secrets/new) 2>&1 || true
            rm -f /run/secrets/token 2>&1 || true
            echo ${#PASS} $(wc -c < /run/secrets/token)
            """
        let others = "ls /run/secrets | wc -l\necho \"${PASS-none}\"\n"
        let project = try project(
            step(others, name: "before", gets: false) + step(look) + step(others, name: "after", gets: false)
                + step("echo \"${#PASS}\" > $OUT/length", name: "again"))
        let answer = try build(project, "-o", "result")
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        for name in ["before", "after"] {
            #expect(try project.belljar("log", "s", "--step", name).text == "0\nnone\n")
        }
        let log = try project.belljar("log", "s", "--step", "build").text
        #expect(log.hasPrefix("500 1000\n400 1000\ntmpfs ro,"), "\(log)")
        #expect(log.contains("noexec"))
        #expect(log.contains("token: Read-only file system") && log.contains("new: Read-only file system"), "\(log)")
        #expect(log.hasSuffix("\n18 18\n"), "\(log)")
        #expect(try project.read("result/s/length") == "18\n")
    }

    @Test func aFileIsGivenByteForByte() throws {
        let project = try project(
            step(
                "tr -d '\\n' < /run/secrets/token | wc -c; tail -c 1 /run/secrets/token | od -An -tx1; echo x > $OUT/x"),
            secrets: "secrets: [{name: token, file: ~/key}]")
        try project.write("home/key", "line one of it\nline two\n")
        let answer = try build(project)
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        #expect(try project.belljar("log", "s").text == "22\n 0a\n")
    }

    /// A variable may hold what is no text.
    @Test func aVariableIsGivenByteForByte() throws {
        let look = step("head -c 2 /run/secrets/token | od -An -tx1; wc -c < /run/secrets/token; touch $OUT/x")
        let project = try project(look, secrets: "secrets: [{name: token, variable: TOKEN}]")
        func built() throws -> Answer {
            try project.run(
                "/bin/sh", "-c", "TOKEN=$(printf '\\377\\376abcdefgh') exec \(Project.programs)/belljar build s --json")
        }
        let answer = try built()
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        #expect(try project.belljar("log", "s").text == " ff fe\n10\n")
        try project.write(
            "Recipes/s/recipe.yaml",
            try project.read("Recipes/s/recipe.yaml").replacing("TOKEN}", with: "TOKEN, environment: PASS}"))
        let refused = try built()
        #expect(refused.code == 2, "\(refused.text)")
        #expect(try refused.json()["error"]?["answer"]?.string?.contains("is not text (UTF-8 without NUL)") == true)
    }

    /// The key says that there is a secret and who gets it; its value is not in it, and so nothing is cached.
    @Test func theKeyDoesNotDependOnTheValue() throws {
        let project = try project(step("echo ${#PASS} > $OUT/length"))
        func built(_ value: String) throws -> JSONValue {
            let answer = try build(project, value: value)
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            return try #require(try answer.json()["builds"]?.array?.first)
        }
        let (first, second, third) = (try built("12345678"), try built("12345678"), try built("123456789"))
        #expect([first, second, third].map { $0["cached"]?.bool } == [false, false, false])
        #expect(Set([first, second, third].map { $0["action"]?.string }).count == 1)
        #expect(first["outputs"] == second["outputs"])
        #expect(first["outputs"] != third["outputs"])
        // Who gets it is in the key.
        let recipe = try project.read("Recipes/s/recipe.yaml")
        try project.write("Recipes/s/recipe.yaml", recipe.replacing("PASS", with: "WORD"))
        #expect(try built("12345678")["action"] != first["action"])
        // Positive control: without a secret it is cached.
        try project.recipe("plain", run: "echo x > $OUT/x")
        #expect(try project.belljar("build", "plain").code == 0)
        let plain = try project.belljar("build", "plain", "--json").json()["builds"]?.array?.first
        #expect(plain?["cached"]?.bool == true)
    }

    @Test func nothingOfItIsKept() throws {
        let project = try project(
            step(
                "echo $PASS\ncat /run/secrets/token >&2\necho $PASS | base64\necho known-text\n/bin/true $PASS\ntouch $OUT/x"
            ))
        let answer = try build(project, "--ledger", "--output", "result")
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        // Positive control: what the steps write gets into the store, and a search finds it there.
        #expect(try holds(project, "store", "known-text"))
        for form in [Self.value, Self.base64, "7333637233742f54"] {
            for folder in ["store", "home", "tmp", "result"] { #expect(try !holds(project, folder, form)) }
        }
        let log = try project.belljar("log", "s").text
        #expect(log.hasPrefix("[secret]\n"), "\(log)")
        #expect(!answer.complaint.contains(Self.value) && !answer.text.contains(Self.value))
        #expect(try project.belljar("show", "s", "--ledger").text.contains(#""/bin/true","[secret]""#))
        #expect(try project.belljar("show", "s").text.contains("token for build, as $PASS"))
    }

    @Test func theLogLosesItAlsoInPieces() throws {
        let project = try project(
            step("printf s3cr3t/; sleep 1; printf 'Token+'; sleep 1; printf 'value\\n'; touch $OUT/x"))
        let answer = try build(project)
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        #expect(try project.belljar("log", "s").text == "[secret]\n")
    }

    /// A write for each byte, each of a process of its own.
    @Test func theLogLosesItAlsoByteByByte() throws {
        let project = try project(
            step(
                "i=1; while [ $i -le ${#PASS} ]; do echo \"$PASS\" | cut -c $i | tr -d '\\n'; i=$((i+1)); done; touch $OUT/x"
            ))
        let answer = try build(project)
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        #expect(try project.belljar("log", "s").text == "[secret]")
    }

    /// A log that is cut off in the middle of a secret would hold most of it, also when other steps follow.
    @Test(arguments: [true, false]) func theLogsEndHoldsNoneOfIt(isSecret: Bool) throws {
        let steps =
            step("head -c 4086 /dev/zero | tr '\\0' x; printf $PASS", gets: isSecret)
            + step("touch $OUT/x", name: "next", gets: isSecret)
        let secrets = isSecret ? "secrets: [{name: token, variable: TOKEN, environment: PASS}]" : nil
        let project = try project(
            steps, secrets: (secrets ?? "environment: {PASS: \(Self.value)}") + "\nlimits: {log: 4KiB}")
        let answer = try build(project)
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        let log = try project.belljar("log", "s").text
        #expect(log.contains(isSecret ? "xxx[secret]" : "xxxs3cr3t/Tok"))
        #expect(!isSecret || !log.contains("s3cr3t"))
    }

    /// Each is a leak for a build with the secret, and none for one to which the value is an ordinary text.
    @Test(arguments: [
        ("echo $PASS > $OUT/file", "/out/file holds the secret token"),
        ("mkdir $OUT/d; printf \"xx$PASS\" | base64 > $OUT/d/file", "/out/d/file holds the secret token (base64)"),
        ("printf $PASS | od -An -tx1 > $OUT/file", "/out/file holds the secret token (hexadecimal)"),
        ("touch \"$OUT/$(printf $PASS | base64)\"", "the name /out/[secret] holds the secret token (base64)"),
        ("mkdir -p $OUT/$PASS; touch $OUT/$PASS/x", "the name /out/[secret] holds the secret token"),
        ("touch $OUT/x; mkdir -p $OUT/d/$PASS", "the name /out/d/[secret] holds the secret token"),
        ("mkdir $OUT/s3cr3t; ln -s x $OUT/$PASS", "the name /out/[secret] holds the secret token"),
        (
            "p=$(printf $PASS | sed 's/T/ T/'); mkdir -p \"$OUT/$p\"; touch \"$OUT/$p/x\"",
            "the name /out/[secret] holds the secret token"
        ),
        ("ln -s $PASS $OUT/link; mkdir -p $OUT/s3cr3t", "/out/link holds the secret token"),
        ("touch $OUT/x; printf $PASS | sed 's/T/ T/'", "the log holds the secret token"),
        ("touch $OUT/x; printf $PASS | od -An -tx1", "the log holds the secret token (hexadecimal)"),
        ("touch $OUT/x; printf $PASS | od -An -v -w1 -tx1", "the log holds the secret token (hexadecimal)"),
        ("touch $OUT/x; printf ${PASS%value}; printf value >&2", Self.together),
        ("touch $OUT/x; printf ${PASS%value} >&2; sleep 1; printf value", Self.together),
        ("printf $PASS | od -An -tx1; exit 1", "the log holds the secret token (hexadecimal)"),
    ]) func leaksFailTheBuild(script: String, words: String) throws {
        let project = try project(step(script))
        let answer = try build(project, "--keep-failed")
        #expect(answer.code == 1, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["stage"]?.string == "secrets")
        #expect(error["answer"]?.string?.hasPrefix(words) == true, "\(error)")
        for form in [Self.value, "Token+", Self.base64] {
            #expect(!answer.text.contains(form) && !answer.complaint.contains(form))
        }
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.isEmpty == true)
        for folder in ["store", "home", "tmp"] { #expect(try !holds(project, folder, Self.value)) }
        guard !script.hasSuffix("exit 1") else { return }
        let plain = try self.project(step(script, gets: false), secrets: "environment: {PASS: \(Self.value)}")
        let passed = try build(plain)
        #expect(passed.code == 0, "\(passed.text) \(passed.complaint)")
    }

    @Test func whatIsKeptOfAFailedBuildIsWithoutIt() throws {
        let project = try project(
            step("echo $PASS > bad; mkdir -p $PASS; touch $PASS/x; echo fine > good; echo $PASS; exit 1"))
        let answer = try build(project, "--keep-failed")
        #expect(answer.code == 1)
        let details = try answer.json()["error"]?["details"]?.array?.compactMap(\.string) ?? []
        let kept = try #require(details.first { $0.hasPrefix("kept: ") }).dropFirst("kept: \(project.path)/".count)
        #expect(try project.read("\(kept)/build/good") == "fine\n")
        #expect(!project.exists("\(kept)/build/bad"))
        #expect(details.contains("left out: build/bad holds the secret token"))
        #expect(details.contains("left out: build/[secret] holds the secret token"))
        #expect(project.exists("\(kept)/build/s3cr3t") && !project.exists("\(kept)/build/\(Self.value)"))
        #expect(details.contains("[secret]"))
        #expect(try !holds(project, String(kept), Self.value))
        #expect(try !holds(project, "store", Self.value))
    }

    @Test func oneThatIsMissingIsSaidBeforeAnythingStarts() throws {
        let project = try project(step("touch $OUT/x"))
        try project.recipe("other", run: "touch $OUT/x")
        func error(_ environment: [String: String], _ options: String...) throws -> JSONValue {
            let answer = try project.start(
                Project.programs + "/belljar", ["build", "--json"] + options, environment: environment
            ).finish()
            #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
            #expect(!answer.complaint.contains("step"))
            #expect(try project.belljar("records", "--json").json()["records"]?.array?.isEmpty == true)
            return try #require(try answer.json()["error"])
        }
        let unset = try error([:])
        #expect(unset["subject"]?.string == "token of s")
        #expect(unset["answer"]?.string == "variable TOKEN: it is not set, or empty")
        #expect(try error(["TOKEN": ""])["answer"] == unset["answer"])
        #expect(try error(["TOKEN": "1234 567"])["answer"]?.string?.contains("fewer than 8 bytes") == true)
        let absent = try error([:], "--secret", "token=file:~/none")
        #expect(absent["answer"]?.string == "file ~/none: No such file or directory (ENOENT)")
        let folder = try error([:], "--secret", "token=file:/etc")
        #expect(folder["answer"]?.string?.hasPrefix("file /etc: ") == true)
        #expect(
            try error(["TOKEN": Self.value], "--secret", "tocken=env:TOKEN")["answer"]?.string?.contains(
                "none of the recipes")
                == true)
        // A value that was given by mistake in place of where it is.
        for given in ["token=\(Self.value)", Self.value, "hunter2token", Self.base64 + "=="] {
            let mistaken = "\(try error([:], "--secret", given))"
            for value in [Self.value, "hunter2token", Self.base64] { #expect(!mistaken.contains(value), "\(mistaken)") }
        }
        try project.write("home/key", Self.value)
        let built = try project.belljar("build", "--secret", "token=file:~/key")
        #expect(built.code == 0, "\(built.complaint)")
    }

    @Test func aRebuildHasToBeToldWhereItIs() throws {
        let project = try project(step("echo ${#PASS} > $OUT/length"))
        #expect(try build(project).code == 0)
        let refused = try project.belljar("rebuild", "s", "--json")
        #expect(refused.code == 2, "\(refused.text)")
        #expect(try refused.json()["verdict"]?.string == "inconclusive")
        #expect(try refused.json()["reason"]?["answer"]?.string?.contains("needs the secret token") == true)
        let same = try project.belljar("rebuild", "s", "--secret=token=env:T", environment: ["T": Self.value])
        #expect(same.code == 0, "\(same.text) \(same.complaint)")
        let other = try project.belljar("rebuild", "s", "--secret=token=env:T", environment: ["T": Self.value + "x"])
        #expect(other.code == 3)
    }

    /// Outputs of a build with secrets are an input like any other: what they are counts.
    @Test func whatComesOfItIsCachedByWhatItIs() throws {
        let project = try project(step("echo ${#PASS} > $OUT/length"))
        try project.recipe("next", run: "cp $INPUTS/s/length $OUT/", more: "inputs: [s]")
        func isCached(_ value: String) throws -> Bool? {
            let answer = try project.belljar("build", "next", "--json", environment: ["TOKEN": value])
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            return try answer.json()["builds"]?.array?.first?["cached"]?.bool
        }
        #expect(try isCached("12345678") == false)
        #expect(try isCached("87654321") == true)
        #expect(try isCached("123456789") == false)
    }
}
