import Testing

/// Those of `FirstMistakes` that sources, steps and outputs show.
extension FirstMistakes {
    static let sources: [FirstMistake] = [
        FirstMistake(
            "A local source is misspelt", says: "the recipe's folder has nothing of that name",
            make: {
                try $0.write("Recipes/hello/src/a", "a\n")
                try $0.hello("cp a $OUT/", more: "sources: [{local: scr}]")
            },
            follow: { try $0.edit("scr", try $1.meant()) }),
        FirstMistake(
            "A patch is misspelt", says: "the recipe's folder has nothing of that name",
            make: {
                try $0.write("Recipes/hello/src/a", "a\n")
                try $0.write("Recipes/hello/fix.patch", "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\n")
                try $0.hello("cp a $OUT/", more: "sources: [{local: src}, {patch: fix.pach}]")
            },
            follow: { try $0.edit("fix.pach", try $1.meant()) }),
        FirstMistake(
            "A local source lies outside of the recipe's folder", says: "climbs out of the recipe's folder",
            "`/PATH` begins at the project's folder",
            make: {
                try $0.write("src/a", "a\n")
                try $0.hello("cp a $OUT/", more: "sources: [{local: ../../src}]")
            },
            follow: { project, _ in try project.edit("../../src", "/src") }),
        FirstMistake(
            "A source has no digest", says: "missing key \"sha256\"", "`sha256sum FILE` prints it",
            make: {
                try $0.write("lib/data.txt", "data\n")
                try $0.hello("cp data.txt $OUT/", more: "sources: [{file: \"https://server.invalid/data.txt\"}]")
            },
            follow: { project, said in
                let line = try project.type(try said.command("sha256sum").replacing("FILE", with: "lib/data.txt"))
                try project.serving("lib") { address in
                    try project.edit("https://server.invalid", address)
                    try project.edit("data.txt\"}", "data.txt\", sha256: \"\(line.prefix(64))\"}")
                    try project.type("belljar build hello")
                }
            }),
        FirstMistake(
            "A digest is in capitals", says: "must be in lower case",
            make: {
                let digest = String(repeating: "AB", count: 32)
                try $0.hello(more: "sources: [{file: \"https://server.invalid/data.txt\", sha256: \(digest)}]")
            },
            follow: { project, _ in
                try project.write("lib/data.txt", "data\n")
                let line = try project.type("sha256sum lib/data.txt")
                try project.serving("lib") { address in
                    try project.edit("https://server.invalid", address)
                    try project.edit(String(repeating: "AB", count: 32), "\"\(line.prefix(64).lowercased())\"")
                    try project.type("belljar build hello")
                }
            }),
        FirstMistake(
            "A git source names a branch", says: "commit \"main\" can mean another commit tomorrow",
            make: {
                try $0.type(
                    "git init -q -b main library && cd library && echo a > a && git add a && "
                        + "git -c user.name=a -c user.email=a@example.org commit -q -m a")
                try $0.hello("cp a $OUT/", more: "sources: [{git: ../../library, commit: main}]")
            },
            follow: { project, said in
                let line = "git -C library" + (try said.command("git rev-parse")).dropFirst(3) + " main"
                try project.edit("commit: main", "commit: \"\(try project.type(line))\"")
            }),
    ]

    static let steps: [FirstMistake] = [
        FirstMistake(
            "A step wants the network", code: 1, says: "builds have no network", "wget",
            make: { try $0.hello("wget -O $OUT/data.txt http://server.invalid/data.txt") },
            follow: { project, said in
                try project.write("lib/data.txt", "data\n")
                let line = try project.type("sha256sum lib/data.txt")
                try project.serving("lib") { address in
                    let key = try said.between("in `", "`")
                    try project.hello(
                        "cp data.txt $OUT/",
                        more: "\(key): [{file: \"\(address)/data.txt\", sha256: \"\(line.prefix(64))\"}]")
                    try project.type("belljar build hello")
                }
            }),
        FirstMistake(
            "A step installs to /usr", code: 1, says: "Read-only file system", "DESTDIR=\"$OUT\"",
            make: { try $0.hello("DESTDIR=\nmkdir -p \"$DESTDIR/usr/bin\"\necho hello > \"$DESTDIR/usr/bin/hello\"") },
            follow: { try $0.edit("DESTDIR=\n", "DESTDIR=\"" + (try $1.between("DESTDIR=\"", "\"")) + "\"\n") }),
        FirstMistake(
            "A step changes an owner (`install -o root`)", code: 1, says: "only root can", "`root: fake`",
            make: { try $0.hello("echo hello > hello\nchown root:root hello\ncp hello $OUT/") },
            follow: { project, said in
                try project.edit("steps:", "\(try said.between("or set `", "`"))\nsteps:")
            }),
        FirstMistake(
            "The toolchain lacks a program", code: 1, says: "has no program figlet", "not found",
            make: { try $0.hello("figlet hello > $OUT/hello") },
            follow: { project, said in
                // In a toolchain of Debian packages it would be `belljar toolchain add`.
                let key = try said.between("name that in `", "`")
                try project.recipe(
                    "figlet", run: "printf '#!/bin/sh\\necho \"$@\"\\n' > $OUT/figlet; chmod +x $OUT/figlet")
                try project.hello("$INPUTS/figlet/figlet hello > $OUT/hello", more: "\(key): [figlet]")
            }),
        FirstMistake(
            "A variable is not set in a build", code: 1, says: "GREETING: parameter not set", "environment",
            make: { try $0.hello("echo $GREETING > $OUT/hello") },
            follow: { project, said in
                let line = try said.between("with `", "`").replacing("...", with: "hi")
                try project.edit("steps:", "\(line)\nsteps:")
            }),
        FirstMistake(
            "A step's directory is not there", says: "/build/src: No such file",
            "make the directory in an earlier step",
            make: {
                try $0.hello()
                try $0.edit("    run:", "    directory: src\n    run:")
            },
            follow: { project, _ in try project.edit("steps:\n", "steps:\n  - {name: first, run: mkdir src}\n") }),
        FirstMistake(
            "A command fails in the middle of a script", code: 1, says: "recipe.yaml:10: probably line 2 of the script",
            make: { try $0.hello("echo hello > hello\ncp helo $OUT/\necho done") },
            follow: { project, said in
                let number = try #require(Int(try said.between("recipe.yaml:", ":")))
                var lines = try project.read(Project.hello).split(separator: "\n", omittingEmptySubsequences: false)
                lines[number - 1] = "      cp hello $OUT/"
                try project.write(Project.hello, lines.joined(separator: "\n"))
            }),
        FirstMistake(
            "A build needs more memory than it may", code: 7, says: "limit memory of 64MiB was reached",
            make: {
                try $0.hello(
                    "dd if=/dev/zero of=/dev/null bs=80M count=9\necho hello > $OUT/hello",
                    more: "limits: {memory: 64MiB}")
            },
            follow: { try $0.edit("limits: {memory: 64MiB}", try $1.between("more with `", "`")) }),
        FirstMistake(
            "A file is larger than it may be", code: 7, says: "limit file of 1MiB was reached",
            make: {
                try $0.hello("dd if=/dev/zero of=$OUT/zeros bs=1500k count=1", more: "limits: {file: 1MiB}")
            },
            follow: { try $0.edit("limits: {file: 1MiB}", try $1.between("more with `", "`")) }),
    ]

    static let outputs: [FirstMistake] = [
        FirstMistake(
            "An output has another name", code: 1, says: "output usr/bin/helo does not exist",
            make: {
                try $0.hello("mkdir -p $OUT/usr/bin; echo hello > $OUT/usr/bin/hello", outputs: "[usr/bin/helo]")
            },
            follow: { try $0.edit("[usr/bin/helo]", "[\(try $1.between("remedy: write ", " in"))]") }),
        FirstMistake(
            "An output is a pattern", says: "is a pattern, and outputs are paths",
            make: { try $0.hello("mkdir $OUT/lib; echo a > $OUT/lib/a.so", outputs: "[\"lib/*.so\"]") },
            follow: { try $0.edit("\"lib/*.so\"", try $1.between("the directory \"", "\"")) }),
        FirstMistake(
            "An output begins with a slash", says: "is absolute; paths are relative to /out",
            make: { try $0.hello(outputs: "[/hello]") },
            follow: { project, _ in try project.edit("[/hello]", "[hello]") }),
        FirstMistake(
            "Nothing was installed", code: 1, says: "/out is empty", "install below $OUT",
            make: { try $0.hello("mkdir usr; echo hello > usr/hello", outputs: "[usr/hello]") },
            follow: { project, _ in
                try project.edit("mkdir usr; echo hello > usr", "mkdir $OUT/usr; echo hello > $OUT/usr")
            }),
        FirstMistake(
            "An output is a link that leads out", code: 1, says: "a link that leads out of the directory",
            make: { try $0.hello("ln -s /usr/bin/env $OUT/env") },
            follow: { project, said in
                try project.edit("steps:", "\(try said.between("as they are with `", "`"))\nsteps:")
            }),
    ]
}

extension Project {
    /// Has a folder served while something is done.
    fileprivate func serving(_ folder: String, _ body: (String) throws -> Void) throws {
        let server = try FileServer(self, folder: folder)
        try body(server.address)
        try server.stop()
    }
}
