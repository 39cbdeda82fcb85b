internal import ArgumentParser
internal import BelljarBuild
internal import BelljarControls
internal import BelljarModel
internal import BelljarRecipe

/// `belljar help recipes`: what somebody wants to know who has no documentation at hand. docs/commands.md has the same texts.
struct HelpTopic {
    let name: String
    /// In a few words, for lists.
    let title: String
    /// At most 80 columns wide, with a line feed at its end. Made when somebody wants it: every command knows the topics' names.
    let text: @Sendable () -> String

    private init(name: String, title: String, text: @autoclosure @escaping @Sendable () -> String) {
        self.name = name
        self.title = title
        self.text = text
    }

    static let all: [HelpTopic] = [
        HelpTopic(
            name: "recipes", title: "what to build, and how",
            text: """
                A recipe is belljar.yaml in the project's folder, or Recipes/NAME/recipe.yaml.

                  name: hello                # small letters, digits, . + -; the folder's name
                  version: "2.10"
                  toolchain: debian-12-c     # a folder of Toolchains/
                  epoch: 1416139200          # the date that the build sees; or auto
                  sources: [{local: /}]      # `belljar help sources`
                  steps:
                    - name: build
                      run: |                 # a script of /bin/sh; the first error ends it
                        make -j"$BELLJAR_JOBS"
                        make install DESTDIR="$OUT"
                  outputs: [usr/bin/hello]   # paths below $OUT, no patterns; . is anything

                Other keys: inputs (recipes whose outputs are at /inputs/NAME), environment,
                limits, controls, root (fake: chown seems to work), seed, links, requires,
                secrets, recheck, policy (how many builds have to come out
                alike), profile.

                  belljar init               write one for this folder
                  belljar lint               what is wrong with those that there are
                  belljar schema recipe      every key, for editors

                epoch: `git log -1 --format=%ct` prints the time of the last commit. `auto` is
                that of the newest file in the recipe's archives, or of its git commit.

                """),
        HelpTopic(
            name: "sources", title: "what a build gets",
            text: """
                Sources are placed in /build, in their order. Builds have no network: what they
                need from outside is a source, and pinned.

                  - archive: https://example.org/hello-2.10.tar.gz    # unpacked
                    sha256: 31e0...516b       # as `sha256sum FILE` prints it
                  - file: https://example.org/data.bin                # placed as it is
                    sha256: ba78...15ad
                  - git: https://example.org/library.git
                    commit: 0123...4567       # in full, as `git rev-parse HEAD` prints it
                  - local: src                # beside the recipe; /src in the project, / it all
                    ignore: ["*.log"]         # besides what .gitignore names
                  - patch: fix.patch          # applied before the first step

                `into: DIRECTORY` goes with each. `strip: 0` keeps the first directory of an
                archive's paths, which is left out otherwise.

                """),
        HelpTopic(
            name: "toolchains", title: "what a build sees as its root",
            text: """
                A toolchain is a root file system: Toolchains/NAME/toolchain.yaml says which
                Debian packages are wanted, toolchain.lock.yaml pins each.

                  belljar toolchain new c build-essential    make one
                  belljar toolchain add c cmake              add a package
                  belljar toolchain lock c                   after a change, or for newer ones
                  belljar toolchain list                     which there are

                Commit both files. Whoever has the lock gets the same image. A root file system
                that somebody else made can be imported: `belljar toolchain import --help`.

                """),
        HelpTopic(
            name: "sandbox", title: "what a build can and cannot do",
            text: """
                A build can read its toolchain, /build with the sources, and /inputs. It can
                write below /build, /out, /tmp, /var/tmp, /run and /dev/shm; all else is
                read-only. It has no network, no capabilities, and sees no process of the host.

                Time stands at the recipe's epoch and passes by waiting. Random numbers, inode
                numbers, the order of directories, the number of processors and more are the
                same everywhere. What is still the host's is listed by `belljar show`, as open.

                  belljar run -t c -- CMD      try a command in it
                  belljar shell hello          a shell before the first step of a build
                  belljar shell hello --failed a shell where it failed

                Controls let a build see something of the host (`--control clock=real`):
                \(filled(Control.allCases.map(\.rawValue), by: ", ")).

                """),
        HelpTopic(
            name: "environment", title: "variables: of builds, and of belljar",
            text: """
                Every step has these variables, which a recipe cannot change:

                \(variables)
                More are set by `environment` in the recipe. Nothing of your own comes in.

                belljar itself reads:

                  BELLJAR_STORE   the store, in place of --store
                  BELLJAR_MIRROR_NAME
                                  addresses of mirrors of the archive NAME
                  XDG_DATA_HOME   where the store is otherwise, else ~/.local/share
                  TMPDIR          where --keep-failed keeps files, else /tmp
                  NO_COLOR        no colours
                  http_proxy, https_proxy, no_proxy
                                  for what is fetched

                """),
        HelpTopic(
            name: "records", title: "what a build leaves",
            text: """
                A build leaves a record in the store: all that went in and came out, by digest.

                  belljar records              list them, newest first
                  belljar show hello           the newest of this recipe
                  belljar rebuild hello        build from it alone, and compare
                  belljar verify FILE hello    whether a file is one of its outputs
                  belljar show hello --json >hello.json    to give to others

                A record is named by a recipe's name (its newest build), by the beginning of its
                digest (4 digits or more), or by a file (a path with a slash, or ending in
                .json). Rebuilds are named by digest.

                """),
        HelpTopic(
            name: "exit-codes", title: "how commands end",
            text: """
                  0    success; for `rebuild` and `diff`: no difference
                  1    build_failed: a step failed, or an output is missing
                  2    usage: the command line, a recipe, a toolchain or a record is wrong
                  3    not_reproducible: `rebuild`, `check` or `diff` found a difference
                  4    sandbox_unavailable: this host lacks something; `belljar doctor`
                  5    refused: by policy, or the build did what is forbidden
                  6    integrity: bytes do not have their digest
                  7    resource_exceeded: a limit was reached
                  8    unavailable: a source or package cannot be fetched
                  9    host: no space, no permission, an input/output error
                  70   internal: a defect of belljar
                  129  cancelled: by SIGHUP (the terminal was closed)
                  130  by SIGINT (Ctrl-C)
                  131  by SIGQUIT (Ctrl-\\)
                  143  by SIGTERM

                `belljar run` and `belljar shell` end with the code of their command. With
                --json an error is an object with `code`, `exitCode`, `answer`, `remedy`.

                """),
    ]

    /// The value of each is a build's that has the standard limits and controls.
    private static var variables: String {
        let values = BuildWorld.fixedEnvironment(
            epoch: 0, cpus: ResourceLimits.standard.cpus, controls: ControlStates())
        let said = ["SOURCE_DATE_EPOCH": "the recipe's epoch", "BELLJAR_JOBS": "the recipe's limits.cpus"]
        return values.keys.sorted().map { name in
            let label = name.utf8.count < 17 ? name + String(repeating: " ", count: 17 - name.utf8.count) : name
            return
                "  \(label) \(said[name] ?? values[name].map { $0.utf8.count > 60 ? "what every processor has" : $0 } ?? "")\n"
        }.joined()
    }

    /// Words in lines of 80 columns at most.
    private static func filled(_ words: [String], by separator: String) -> String {
        var lines = [""]
        for (index, word) in words.enumerated() {
            let word = index + 1 < words.count ? word + separator : word
            let last = lines[lines.count - 1]
            if last.count + word.count > 79 { lines.append(word) } else { lines[lines.count - 1] = last + word }
        }
        return lines.map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
    }

    static func named(_ name: String) -> HelpTopic? { all.first { $0.name == name } }
}

/// Where `belljar help TOPIC` leads: argument-parser's own `help` knows commands only.
struct TopicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topic", abstract: "Print what `belljar help TOPIC` prints.", shouldDisplay: false)

    @Argument(help: ArgumentHelp("The topic.", valueName: "name")) var name: String
    @OptionGroup var options: GlobalOptions

    func run() throws {
        guard let topic = HelpTopic.named(name) else {
            let names = HelpTopic.all.map(\.name)
            throw TypedCommand.mistake(
                "there is no help about \(name)" + NearMatch.hint(for: name, among: names),
                remedy: "the topics are: \(names.joined(separator: ", "))")
        }
        Console.write(topic.text())
    }
}
