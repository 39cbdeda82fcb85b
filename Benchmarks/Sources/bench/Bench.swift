import Glibc

/// Where everything is, and how belljar and the others are called.
struct Bench {
    /// A folder of this run's own, removed afterwards, which the ordinary user may write to.
    let work: String
    /// The folder with belljar and belljar-init.
    let programs: String
    /// The source checkout, for its toolchains.
    let checkout: String

    /// From the environment that Scripts/bench.sh sets.
    init() throws {
        func value(_ name: String) throws -> String {
            guard let text = getenv(name) else { throw Failure("\(name) is not set: start this with `make bench`") }
            return String(cString: text)
        }
        work = try value("BELLJAR_BENCH_WORK")
        programs = try value("BELLJAR_BENCH_PROGRAMS")
        checkout = try value("BELLJAR_BENCH_CHECKOUT")
    }

    var project: String { work + "/project" }
    var store: String { work + "/store" }

    /// belljar on this run's project and store.
    func belljar(_ arguments: String..., store: String? = nil) -> Command {
        Command(
            arguments: [programs + "/belljar"] + arguments,
            environment: ["BELLJAR_STORE": store ?? self.store, "HOME": work + "/home", "PATH": Self.path],
            directory: project)
    }

    /// A program of the system, by name.
    func program(_ name: String, _ arguments: [String]) throws -> Command {
        let candidates = Self.path.split(separator: ":").map { folder in folder + "/" + name }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw Failure("\(name) is not installed")
        }
        return Command(
            arguments: [found] + arguments, environment: ["HOME": work + "/home", "PATH": Self.path], directory: work)
    }

    /// A shell script, for preparations that are not measured.
    func shell(_ script: String, asRoot: Bool = false) throws -> String {
        var command = try program("sh", ["-e", "-u", "-c", script])
        command.runsAsRoot = asRoot
        return try command.succeed().output
    }

    /// Writes a text file as the ordinary user.
    func write(_ text: String, to path: String) throws {
        try Identity.assume(.builder)
        defer { Identity.restore() }
        guard let file = fopen(path, "w") else { throw Failure("cannot write \(path)") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw Failure("cannot write \(path)") }
    }

    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

/// A line about progress, on standard error.
func say(_ text: String) {
    let line = Array("bench: \(text)\n".utf8)
    _ = Glibc.write(2, line, line.count)
}

/// Runs a section; what keeps it from running becomes a line of the table, with its reason.
func section(_ title: String, _ measure: () throws -> [Row]) -> [Row] {
    say(title)
    do { return try measure() } catch { return [Row(title, skipped: String("\(error)".prefix(160)))] }
}

extension Bench {
    /// A project with the checkout's toolchains and recipes, and one recipe of its own.
    func prepare() throws {
        _ = try shell(
            """
            mkdir -p \(work)/home \(store) \(project)
            cp -r \(checkout)/Toolchains \(checkout)/Recipes \(project)/
            """)
    }

    /// Takes `work/tree.tar` in as a toolchain named `large`, into a store of its own.
    func importTree(store: String) throws -> Command {
        let digest = try shell("rm -rf \(project)/Toolchains/large; sha256sum \(work)/tree.tar").prefix(64)
        return belljar(
            "toolchain", "import", "--quiet", "large", "https://example.invalid/tree.tar", "--sha256", String(digest),
            "--file", work + "/tree.tar", store: store)
    }
}
