import BelljarHost
import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarBuild

/// What becomes of what somebody did in a shell. A script stands for the shell, and a folder for `/build`.
@Suite final class ShellPatchTests {
    private let fixture: SourceFixture
    private let build: Descriptor

    /// Among other things, what is easily taken for something else.
    private static let beginning = """
        umask 022
        printf 'one\\ntwo\\nthree\\n' >text
        printf '#!/bin/sh\\n' >tool; chmod 755 tool
        printf 'last' >gone
        : >empty
        printf 'a\\0b' >binary
        ln -s text link
        mkdir -p folder/inner hollow
        echo inside >folder/inner/file
        mkdir .home; echo history >.home/file
        """

    init() throws {
        fixture = try SourceFixture()
        build = try Descriptor.makeDirectories(fixture.path + "/build")
        _ = try Descriptor.makeDirectories(fixture.path + "/patches")
        #expect(try run(Self.beginning, in: "build") == 0)
    }

    private var file: String { fixture.path + "/patches/fix.patch" }

    /// - Returns: the exit code.
    private func run(_ script: String, in folder: String) throws -> Int32 {
        let shell = try #require(HostProgram.find("sh", passing: ["PATH"], setting: ["LC_ALL": "C"]))
        let end = unsafe try shell.run(["-c", "cd \"$0\" && \(script)", "\(fixture.path)/\(folder)"]) { _ in }
        guard case .status(let number) = end.exit else { return -1 }
        return number
    }

    private func patch(_ limits: FolderSnapshot.Limits = .init(), secrets: [SecretValue] = []) throws -> ShellPatch {
        try ShellPatch(
            .init(file: file, keptFolder: fixture.path + "/kept"), of: "hello", in: fixture.store,
            scan: secrets.isEmpty ? nil : SecretScan(secrets), progress: SilentProgress(), limits: limits)
    }

    /// What is told of a session.
    private func session(_ script: String, _ patch: ShellPatch) throws -> ShellEnd {
        #expect(patch.begin(try build.duplicate()))
        #expect(try run(script, in: "build") == 0)
        var end = ShellEnd(status: .ok)
        try patch.finish(try build.duplicate(), &end)
        return end
    }

    private func session(_ script: String) throws -> ShellEnd { try session(script, try patch()) }

    private var text: String? { try? fixture.read("patches/fix.patch") }

    // MARK: What is in a patch

    /// The promise of what a patch looks like.
    @Test func aPatchIsAsGitWritesThem() throws {
        let end = try session(
            """
            sed -i s/two/zwei/ text; rm gone; chmod 644 tool; mkdir new; printf '#!/bin/sh\\n' >new/tool; chmod 755 new/tool
            : >new/empty; printf '%s' line >"new/$(printf 'a b\\n\\377\\\\"')"; chmod 755 binary
            """)
        #expect(end.notes == ["patch: \(file)"] && end.patch == file)
        let expected = #"""
            diff --git a/binary b/binary
            old mode 100644
            new mode 100755
            diff --git a/gone b/gone
            deleted file mode 100644
            --- a/gone
            +++ /dev/null
            @@ -1 +0,0 @@
            -last
            \ No newline at end of file
            diff --git "a/new/a b\012\377\\\"" "b/new/a b\012\377\\\""
            new file mode 100644
            --- /dev/null
            +++ "b/new/a b\012\377\\\""
            @@ -0,0 +1 @@
            +line
            \ No newline at end of file
            diff --git a/new/empty b/new/empty
            new file mode 100644
            diff --git a/new/tool b/new/tool
            new file mode 100755
            --- /dev/null
            +++ b/new/tool
            @@ -0,0 +1 @@
            +#!/bin/sh
            diff --git a/text b/text
            --- a/text
            +++ b/text
            @@ -1,3 +1,3 @@
             one
            -two
            +zwei
             three
            diff --git a/tool b/tool
            old mode 100755
            new mode 100644

            """#
        #expect(text == expected, "\(text ?? "no patch")")
    }

    /// A recipe's patches are applied by the first; whoever has a clone uses the second.
    @Test(arguments: ["patch -N -p1 -i ../patches/fix.patch", "git apply ../patches/fix.patch"])
    func aPatchCanBeApplied(command: String) throws {
        #expect(try run("cp -a ../build ../copy", in: "build") == 0)
        let end = try session(
            """
            sed -i s/two/zwei/ text; rm gone; chmod 644 tool; mkdir new; printf '#!/bin/sh\\n' >new/tool; chmod 755 new/tool
            : >new/empty; printf '%s' line >"new/$(printf 'a b\\n\\377\\\\"')"; chmod 755 binary; echo x >>folder/inner/file
            echo text >empty; printf 'diff --git a/x b/x\\n--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n' >like; : >tool
            """)
        #expect(end.notes == ["patch: \(file)"])
        #expect(try run("GIT_CEILING_DIRECTORIES=\"$PWD/..\" \(command)", in: "copy") == 0, "\(text ?? "")")
        #expect(try run("diff -r . ../build", in: "copy") == 0)
        #expect(try run("test -x new/tool && test -x binary && ! test -x tool && ! test -e gone", in: "copy") == 0)
    }

    /// What is there is not called gone because it cannot be read.
    @Test func whatWasClosedIsReadAllTheSame() throws {
        let end = try session("echo zz >>text; echo zz >>folder/inner/file; chmod 000 text folder tool .")
        #expect(
            end.notes == [
                "patch: \(file)", "not in the patch: folder (its mode, 0000)",
                "not in the patch: text (its mode, 0000)",
                "not in the patch: tool (its mode, 0000)",
            ], "\(end.notes)")
        let text = try #require(text)
        #expect(!text.contains("deleted") && text.split(separator: "\n").count { $0 == "+zz" } == 2, "\(text)")
        // As it was left.
        #expect(try build.status().permissions == 0)
        try build.setPermissions(0o755)
        for name in ["text", "folder", "tool"] { #expect(try build.status(of: name).permissions == 0, "\(name)") }
    }

    /// A step may have closed it.
    @Test func whatWasClosedFromTheBeginningIsComparedToo() throws {
        #expect(try run("chmod 000 text folder", in: "build") == 0)
        let end = try session("chmod 600 text; echo zz >>text; chmod 000 text; :")
        #expect(end.notes == ["patch: \(file)"], "\(end.notes)")
        #expect(text?.contains("+zz") == true && text?.contains("folder") == false)
    }

    // MARK: What is not

    private static let others: [(script: String, note: String)] = [
        ("chmod 600 text", "text (its mode, 0600)"), ("rm empty", "empty (an empty file, which was removed)"),
        ("mkdir more", "more (an empty folder)"), ("mkfifo pipe", "pipe (a FIFO)"),
        ("rmdir hollow", "hollow (an empty folder, which was removed)"),
        ("printf 'a\\0c' >binary", "binary (a binary file)"),
        ("rm binary", "binary (a binary file, which was removed)"), ("printf 'a\\0' >text", "text (a binary file)"),
        ("echo text >binary", "binary (a binary file)"), ("ln -sf tool link", "link (a link)"),
        ("rm link", "link (a link, which was removed)"), ("rm text; mkfifo text", "text (a FIFO in place of a file)"),
        ("rm text; ln -s tool text", "text (a link in place of a file)"),
        ("rm text; mkdir text; echo x >text/x", "text (a folder in place of a file)"),
        ("rm -r folder; echo x >folder", "folder (a file in place of a folder)"),
        ("rm -r folder; ln -s / folder", "folder (a link in place of a folder)"),
        ("rm link; mkdir link; echo x >link/y", "link (a folder in place of a link)"),
        ("truncate -s 100M large", "large (a file of more than 64 MiB)"),
        ("printf '\\0' >\"$(printf 'l\\377')\"", "l\\xff (a binary file)"),
        // The command puts out line ends and escape sequences in a form that a terminal takes for text.
        (
            "printf '\\0' >\"$(printf 'e\\033[31m\\nBinary files x and x differ')\"",
            "e\u{1b}[31m\nBinary files x and x differ (a binary file)"
        ),
    ]

    @Test(arguments: others.indices) func whatAPatchCannotSayIsNamed(index: Int) throws {
        let other = Self.others[index]
        let end = try session(other.script)
        #expect(
            end.notes == ["nothing was changed that a patch can say", "not in the patch: \(other.note)"], "\(end.notes)"
        )
        #expect(text == nil && end.patch == nil)
    }

    /// Beside something else, too, and nothing of it comes into the patch.
    @Test func whatIsNamedIsNotInThePatch() throws {
        let end = try session(
            "echo zz >>text; rm -r folder; echo x >folder; printf '\\0' >\"$(printf 'e\\033\\nx')\"; rm -r hollow")
        #expect(end.notes.count == 4, "\(end.notes)")
        let lines = try #require(text).split(separator: "\n")
        #expect(lines.count == 8 && lines.allSatisfy { "d-+@ ".contains($0.first ?? "x") }, "\(lines)")
    }

    @Test func aFolderThatIsLeftEmptyIsNamed() throws {
        let end = try session("rm folder/inner/file")
        #expect(
            end.notes == ["patch: \(file)", "not in the patch: folder/inner (the folder, which is empty now)"],
            "\(end.notes)")
    }

    @Test func secretsAreNotInIt() throws {
        let secret = SecretValue(name: "token", bytes: Array("sesame-open".utf8))
        #expect(try run("echo sesame-open >known; echo sesame-open >same", in: "build") == 0)
        let end = try session(
            "echo sesame-open >>text; echo more >>known; echo sesame-open >sesame-open; echo a >other",
            try patch(secrets: [secret]))
        let text = try #require(text)
        #expect(!text.contains("sesame") && text.contains("+a"), "\(text)")
        #expect(end.notes.count == 4 && !end.notes.joined().contains("sesame"), "\(end.notes)")
        #expect(end.notes.contains("not in the patch: known (a file that holds a secret)"))
    }

    @Test func deepFoldersAreNamed() throws {
        let deep = "i=0; while [ $i -lt 300 ]; do mkdir d && cd d && i=$((i+1)); done; echo x >f"
        let end = try session("echo zz >>text; \(deep)")
        #expect(end.notes.count == 2 && end.notes[0] == "patch: \(file)", "\(end.notes)")
        #expect(end.notes[1].hasSuffix("/d (not looked into: it is deeper than 256 folders)"), "\(end.notes)")
    }

    @Test func thousandsOfFilesAreNoMatter() throws {
        let end = try session("mkdir many; cd many; seq 66000 | xargs touch; echo x >new")
        #expect(end.notes == ["patch: \(file)"], "\(end.notes)")
        #expect(text?.contains("+++ b/many/new") == true)
    }

    // MARK: What goes wrong

    /// Before anything is done that could be lost.
    @Test func whatIsTooMuchIsSaidBeforeTheShell() throws {
        for limits in [FolderSnapshot.Limits(entries: 5), .init(bytes: 20)] {
            let patch = try patch(limits)
            #expect(!patch.begin(try build.duplicate()))
            let error = try #require(patch.refusal)
            #expect(error.code == .resourceExceeded && error.remedy?.contains("--step") == true, "\(error)")
        }
    }

    @Test func whatBecameTooMuchIsKept() throws {
        let error = #expect(throws: BelljarError.self) {
            try session("echo zz >>text; mkdir new; cd new; touch 1 2 3 4 5 6 7 8 9", try patch(.init(entries: 15)))
        }
        #expect(error?.code == .resourceExceeded && error?.answer == "it has more than 15 files, folders and links")
        let kept = try #require(error?.details.first)
        try #require(kept.hasPrefix("kept: \(fixture.path)/kept/hello-"), "\(kept)")
        let place = kept.dropFirst("kept: \(fixture.path)/".count)
        #expect(try fixture.read("\(place)/build/text").hasSuffix("zz\n"))
        #expect(error?.remedy?.contains("copy") == true)
    }

    @Test func aFileThatSomebodyMadeMeanwhileStays() throws {
        let end = try session("echo zz >>text; echo theirs >../patches/fix.patch; echo theirs >../patches/fix.patch.1")
        #expect(
            end.notes == ["somebody made \(file) meanwhile", "patch: \(file).2"] && end.patch == file + ".2",
            "\(end.notes)")
        #expect(try fixture.read("patches/fix.patch.2").contains("+zz"))
        #expect(text == "theirs\n")
    }

    @Test func aFolderThatIsGoneIsNoLoss() throws {
        let end = try session("echo zz >>text; rm -r ../patches")
        let place = try #require(end.patch)
        #expect(end.notes.first?.contains("cannot be written") == true, "\(end.notes)")
        try #require(place.hasPrefix(fixture.path + "/kept/"), "\(end.notes)")
        #expect(try fixture.read(String(place.dropFirst(fixture.path.count + 1))).contains("+zz"))
    }
}
