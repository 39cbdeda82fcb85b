internal import BelljarModel

/// How a kind of project is built: what `belljar init` writes, for its owner to change.
package struct ProjectTemplate: Sendable {
    package struct Step: Sendable {
        var name: String
        /// Lines of comments in front of it.
        var comment: [String] = []
        /// Lines of the script.
        var run: [String]

        init(_ name: String, _ run: [String], comment: [String] = []) {
            self.name = name
            self.run = run
            self.comment = comment
        }
    }

    /// What a template makes of one folder.
    package struct Instance: Sendable {
        var packages: [String]
        var environment: [(name: String, value: String)] = []
        /// Where the project is placed below /build; empty for /build itself.
        var into = ""
        var steps: [Step]
        /// What has to be below `$OUT` at the end.
        var outputs = ["."]
        /// What people should know that build it, in lines.
        var notes: [String] = []
    }

    /// As given to `--template`; also the name of the toolchain.
    package let name: String
    /// What it is for: `a Makefile`.
    package let title: String
    /// Whether a folder looks like one.
    let fits: @Sendable (ProjectFolder) -> Bool
    let plan: @Sendable (ProjectFolder) -> Instance

    /// The template that fits a folder first, and the names of all others that do.
    package static func found(in folder: ProjectFolder) -> (template: ProjectTemplate, others: [String])? {
        let fitting = all.filter { $0.fits(folder) }
        return fitting.first.map { ($0, fitting.dropFirst().map(\.name)) }
    }

    package static func named(_ name: String) -> ProjectTemplate? { all.first { $0.name == name } }

    /// Files that templates read.
    static let readNames: Set = [
        "Makefile", "GNUmakefile", "makefile", "CMakeLists.txt", "meson.build", "Cargo.toml", "go.mod",
        "pyproject.toml",
        "package.json",
    ]

    /// The most telling first: what generates a Makefile goes before the Makefile, and packaging comes after what it packs.
    package static let all: [ProjectTemplate] = [
        meson, cmake, autotools, rust, go, python, perl, maven, node, make, java, debian, shell,
    ]
}

// MARK: C and C++

extension ProjectTemplate {
    private static let compilers = ["g++", "gcc", "libc6-dev", "make", "patch", "pkg-config"]
    /// How many jobs a step may start: the recipe's limit of processors.
    private static let jobs = "-j\"$BELLJAR_JOBS\""

    private static let autotools = ProjectTemplate(name: "autotools", title: "a configure script") {
        $0.hasFile("configure") || $0.hasFile("configure.ac")
    } plan: { folder in
        let hasScript = folder.hasFile("configure")
        let generate = Step(
            "autoreconf", ["autoreconf --force --install"], comment: ["There is configure.ac and no configure."])
        return Instance(
            packages: compilers + ["file"] + (hasScript ? [] : ["autoconf", "automake", "gettext", "libtool"]),
            steps: (hasScript ? [] : [generate]) + [
                Step("configure", ["./configure --prefix=/usr --disable-dependency-tracking"]),
                Step("build", ["make \(jobs)"]), Step("install", ["make install DESTDIR=\"$OUT\""]),
            ])
    }

    private static let cmake = ProjectTemplate(name: "cmake", title: "a CMakeLists.txt") {
        $0.hasFile("CMakeLists.txt")
    } plan: { folder in
        let install =
            folder.text("CMakeLists.txt").lowercased().contains("install")
            ? Step("install", ["DESTDIR=\"$OUT\" cmake --install /tmp/made"])
            : takePrograms(
                from: "/tmp/made", but: "-not -path '*/CMakeFiles/*'", why: "CMakeLists.txt has no install() rule")
        return Instance(
            packages: compilers + ["cmake"],
            steps: [
                Step(
                    "configure",
                    ["cmake -S . -B /tmp/made -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr"]),
                Step("build", ["cmake --build /tmp/made --parallel \"$BELLJAR_JOBS\""]), install,
            ])
    }

    private static let meson = ProjectTemplate(name: "meson", title: "a meson.build") {
        $0.hasFile("meson.build")
    } plan: { folder in
        let install =
            folder.text("meson.build").contains("install")
            ? Step("install", ["DESTDIR=\"$OUT\" meson install --no-rebuild -C /tmp/made"])
            : takePrograms(from: "/tmp/made", but: "-not -path '*.p/*'", why: "meson.build installs nothing")
        return Instance(
            packages: compilers + ["meson"],
            steps: [
                Step("configure", ["meson setup --buildtype=release --prefix=/usr --wrap-mode=nodownload /tmp/made"]),
                Step("build", ["ninja -C /tmp/made \(jobs)"]), install,
            ])
    }

    private static let make = ProjectTemplate(name: "make", title: "a Makefile") {
        makefile($0) != nil
    } plan: { folder in
        let name = makefile(folder) ?? "Makefile"
        if folder.hasLine(name, beginningWith: "install:") {
            // Without DESTDIR, the prefix is the only way to have it installed somewhere else.
            let place =
                folder.text(name).contains("DESTDIR")
                ? "DESTDIR=\"$OUT\" PREFIX=/usr prefix=/usr" : "PREFIX=\"$OUT/usr\" prefix=\"$OUT/usr\""
            return Instance(
                packages: compilers,
                steps: [Step("build", ["make \(jobs)"]), Step("install", ["make install \(place)"])])
        }
        return Instance(
            packages: compilers,
            steps: [
                Step(
                    "build",
                    [
                        "find . -type f | sort > /tmp/before", "make \(jobs)",
                        "find . -type f | sort | comm -13 /tmp/before - > /tmp/made",
                    ]),
                Step(
                    "install",
                    [
                        "grep -v '\\.[od]$' /tmp/made | while read -r file; do",
                        "  cp --parents \"$file\" \"$OUT\"",
                        "done",
                    ],
                    comment: [
                        "The \(name) has no target `install`: this takes the files that make made, but for objects."
                    ]),
            ])
    }

    private static func makefile(_ folder: ProjectFolder) -> String? {
        ["GNUmakefile", "makefile", "Makefile"].first(where: folder.hasFile)
    }

    private static func takePrograms(from place: String, but filter: String, why: String) -> Step {
        Step(
            "install",
            [
                "find \(place) -type f -perm /111 \(filter) \\",
                "  -not -name '*.so*' -exec install -D -t \"$OUT/usr/bin\" {} +",
                "find \(place) -type f \\( -name '*.a' -o -name '*.so*' \\) -exec install -D -m 644 -t \"$OUT/usr/lib\" {} +",
            ], comment: ["\(why): this takes the programs and libraries."])
    }
}

// MARK: Languages

extension ProjectTemplate {
    private static let rust = ProjectTemplate(name: "rust", title: "a Cargo.toml") {
        $0.hasFile("Cargo.toml")
    } plan: { folder in
        Instance(
            packages: ["cargo", "gcc", "libc6-dev", "pkg-config"],
            environment: [("CARGO_HOME", "/tmp/cargo"), ("CARGO_TARGET_DIR", "/tmp/made")],
            steps: [
                Step("build", ["cargo build --release --offline\(folder.hasFile("Cargo.lock") ? " --locked" : "")"]),
                Step(
                    "install",
                    [
                        "find /tmp/made/release -maxdepth 1 -type f -perm /111 -exec install -D -t \"$OUT/usr/bin\" {} +",
                        "find /tmp/made/release -maxdepth 1 -type f -name '*.rlib' -exec install -D -m 644 -t \"$OUT/usr/lib\" {} +",
                    ]),
            ],
            notes: [
                "Builds have no network. For crates from crates.io, run `cargo vendor` and add what it prints to",
                ".cargo/config.toml.",
            ])
    }

    private static let go = ProjectTemplate(name: "go", title: "a go.mod") {
        $0.hasFile("go.mod")
    } plan: { folder in
        Instance(
            packages: ["gcc", "golang-go", "libc6-dev"],
            environment: [
                ("GOCACHE", "/tmp/go-cache"), ("GOFLAGS", "-buildvcs=false -trimpath"), ("GOPATH", "/tmp/go"),
                ("GOTOOLCHAIN", "local"),
            ],
            steps: [Step("build", ["mkdir -p \"$OUT/usr/bin\"", "go build -o \"$OUT/usr/bin/\" ./..."])],
            notes: ["Builds have no network. For modules from elsewhere, run `go mod vendor`."])
    }

    private static let python = ProjectTemplate(name: "python", title: "a pyproject.toml or setup.py") {
        $0.hasFile("pyproject.toml") || $0.hasFile("setup.py")
    } plan: { folder in
        let backends = [
            "flit_core": "flit", "hatchling": "python3-hatchling", "poetry.core": "python3-poetry-core",
            "poetry-core": "python3-poetry-core", "setuptools_scm": "python3-setuptools-scm",
            "setuptools-scm": "python3-setuptools-scm", "cython": "cython3",
        ]
        let project = folder.text("pyproject.toml")
        let wanted = backends.keys.sorted().filter { project.lowercased().contains($0) }.compactMap { backends[$0] }
        return Instance(
            packages: Set(["python3", "python3-pip", "python3-setuptools", "python3-wheel"] + wanted).sorted(),
            // The source has no .git that would tell it.
            environment: wanted.contains("python3-setuptools-scm")
                ? [("SETUPTOOLS_SCM_PRETEND_VERSION", ProjectRecipe.version(of: folder))] : [],
            steps: [
                Step(
                    "build",
                    [
                        "python3 -m pip wheel --no-build-isolation --no-deps --no-index --no-cache-dir \\",
                        "  --wheel-dir \"$OUT\" .",
                    ])
            ],
            notes: [
                "The result is a wheel. Builds have no network: what the build itself needs comes from the toolchain,",
                "as Debian packages (`belljar toolchain add python python3-NAME`).",
            ])
    }

    private static let perl = ProjectTemplate(name: "perl", title: "a Makefile.PL or Build.PL") {
        $0.hasFile("Makefile.PL") || $0.hasFile("Build.PL")
    } plan: { folder in
        let steps =
            folder.hasFile("Makefile.PL")
            ? [
                Step("configure", ["perl Makefile.PL INSTALLDIRS=vendor NO_PACKLIST=1 NO_PERLLOCAL=1"]),
                Step("build", ["make \(jobs)"]), Step("install", ["make install DESTDIR=\"$OUT\""]),
            ]
            : [
                Step("configure", ["perl Build.PL --installdirs vendor --create_packlist 0"]),
                Step("build", ["./Build"]), Step("install", ["./Build install --destdir \"$OUT\""]),
            ]
        return Instance(packages: ["gcc", "libc6-dev", "libmodule-build-perl", "make", "perl"], steps: steps)
    }

    private static let maven = ProjectTemplate(name: "maven", title: "a pom.xml") {
        $0.hasFile("pom.xml")
    } plan: { _ in
        Instance(
            packages: ["default-jdk-headless", "maven", "maven-repo-helper"],
            steps: [
                Step(
                    "build",
                    [
                        "mkdir -p /tmp/repository", "cp -r /usr/share/maven-repo/. /tmp/repository/",
                        "mvn --offline --batch-mode -Dmaven.repo.local=/tmp/repository \\",
                        "  -Dproject.build.outputTimestamp=\"$SOURCE_DATE_EPOCH\" package",
                    ]),
                Step("install", ["find . -path '*/target/*.jar' -maxdepth 3 -exec install -D -m 644 -t \"$OUT\" {} +"]),
            ],
            notes: [
                "Builds have no network. Plugins and dependencies come from Debian's packages (lib...-java, ...-maven-plugin",
                "in the toolchain), or from a repository that you add as a source.",
            ])
    }

    private static let node = ProjectTemplate(name: "node", title: "a package.json") {
        $0.hasFile("package.json")
    } plan: { folder in
        let build = folder.text("package.json").contains("\"build\"") ? [Step("build", ["npm run build"])] : []
        return Instance(
            packages: ["nodejs", "npm"],
            environment: [("npm_config_cache", "/tmp/npm"), ("npm_config_offline", "true")],
            steps: build + [Step("pack", ["npm pack --pack-destination \"$OUT\""])],
            notes: [
                "The result is the archive that `npm publish` would send. Builds have no network: add node_modules as a",
                "source if the build needs it.",
            ])
    }

    private static let java = ProjectTemplate(name: "java", title: "Java sources") {
        $0.hasFile(endingWith: [".java"]) || $0.hasSource(endingWith: ".java")
    } plan: { folder in
        let manifest = folder.hasFile("MANIFEST.MF") ? " --manifest MANIFEST.MF" : ""
        return Instance(
            packages: ["default-jdk-headless"],
            steps: [
                Step("build", ["find . -name '*.java' | sort > /tmp/sources", "javac -d /tmp/classes @/tmp/sources"]),
                Step(
                    "pack",
                    [
                        "jar --create --file \"$OUT/classes.jar\"\(manifest) \\",
                        "  --date \"$(date -u -d \"@$SOURCE_DATE_EPOCH\" +%Y-%m-%dT%H:%M:%SZ)\" -C /tmp/classes .",
                    ]),
            ])
    }
}

// MARK: Others

extension ProjectTemplate {
    private static let debian = ProjectTemplate(name: "debian", title: "a Debian source package") {
        $0.has("debian") && !$0.text("debian/control").isEmpty
    } plan: { folder in
        Instance(
            packages: Set(["build-essential", "fakeroot"] + buildDependencies(folder.text("debian/control"))).sorted(),
            into: "source",
            steps: [
                Step("build", ["cd source", "dpkg-buildpackage --build=binary --no-sign"]),
                Step("install", ["cp ./*.deb \"$OUT\""]),
            ],
            notes: ["The packages are those of Build-Depends, without alternatives and restrictions: look at them."])
    }

    /// The first alternative of each, as far as it is for this architecture and profile.
    private static func buildDependencies(_ control: String) -> [String] {
        var lines: [Substring] = []
        var isWanted = false
        for line in control.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            if !(line.hasPrefix(" ") || line.hasPrefix("\t")) {
                isWanted = ["Build-Depends:", "Build-Depends-Arch:", "Build-Depends-Indep:"].contains(
                    where: line.hasPrefix)
                lines.append(line.drop { $0 != ":" }.dropFirst())
                if !isWanted { lines.removeLast() }
            } else if isWanted {
                lines.append(line)
            }
        }
        return lines.joined(separator: " ").split(separator: ",").compactMap { dependency in
            let first = dependency.split(separator: "|").first?.drop { $0 == " " || $0 == "\t" } ?? ""
            guard !first.contains("<!"), !first.contains("[") else { return nil }
            let name = String(first.prefix { !" (:[<\t".contains($0) })
            if name == "debhelper-compat" { return "debhelper" }
            return (try? Rules.name(name)) == nil ? nil : name
        }
    }

    private static let shell = ProjectTemplate(name: "shell", title: "scripts, or anything else") {
        $0.hasFile(endingWith: [".sh", ".bash", ".pl", ".awk"])
    } plan: { _ in
        Instance(
            packages: ["file", "make", "perl"],
            steps: [
                Step(
                    "install",
                    [
                        "find . -maxdepth 1 -type f \\( -name '*.sh' -o -name '*.bash' -o -name '*.pl' -o -name '*.awk' \\) \\",
                        "  -exec install -D -t \"$OUT/usr/bin\" {} +",
                    ], comment: ["Write here what builds your project. What is in $OUT at the end is the result."])
            ])
    }
}
