import BelljarModel
import Testing

@testable import BelljarBuild

/// Which line of a step's script failed.
@Suite struct FailedLineTests {
    private static let script = "set -- a\n# make it\nmake -j2 \\\n  all\ncp a b\ncp nothing b\n./configure --x\n"
    private static let place = ScriptPlace(file: "Recipes/a/recipe.yaml", line: 10, isByLine: true)

    private func words(_ script: String = script, _ log: String...) -> String {
        FailedLine(script: script, place: Self.place).words(log)
    }

    @Test(arguments: [
        // dash, bash and busybox.
        ("/bin/sh: 3: make: not found", "recipe.yaml:12: line 3 of the script failed: make -j2 \\"),
        ("/bin/sh: line 3: make: command not found", "recipe.yaml:12: line 3 of the script failed"),
        ("/bin/sh: make: not found", "recipe.yaml:12: probably line 3 of the script, by what \"make\" says"),
        ("make: *** [Makefile:3: all] Error 1", "recipe.yaml:12: probably line 3"),
        ("make[1]: *** [Makefile:3: all] Error 1", "recipe.yaml:12: probably line 3"),
        ("cp: cannot stat 'nothing': No such file or directory", "recipe.yaml:15: probably line 6"),
        ("configure: error: no compiler", "recipe.yaml:16: probably line 7"),
    ]) func whoSpeaksTellsTheLine(log: String, part: String) {
        #expect(words(Self.script, "before", log).contains(part), "\(words(Self.script, log))")
    }

    /// A script that make starts has lines of its own, and two commands may have said the same.
    @Test(arguments: [
        "/bin/sh: 1: bison: not found", "/bin/sh: 99: make: not found", "cp: x: Permission denied", "nonsense", "",
    ]) func whatIsNotKnownIsNotSaid(log: String) {
        let words = words(Self.script, log)
        #expect(words.hasPrefix("Recipes/a/recipe.yaml:10-16: the script of the step;"), "\(words)")
        #expect(words.contains("set -x"))
    }

    @Test func theOnlyCommandIsTheOne() {
        #expect(
            words("\n# comment\nfalse\n") == "Recipes/a/recipe.yaml:12: the one command of the script failed: false")
    }

    @Test func aRecordsScriptHasNoPlace() {
        let line = FailedLine(script: "true\nfalse\n", place: nil)
        #expect(line.words(["/bin/sh: 2: false: not found"]) == "line 2 of the script failed: false")
    }

    @Test func aFoldedScriptHasOnePlace() {
        let place = ScriptPlace(file: "belljar.yaml", line: 7, isByLine: false)
        #expect(FailedLine(script: "a\nb\n", place: place).words([]).hasPrefix("belljar.yaml:7: the script"))
    }

    /// What an earlier step wrote says nothing of this one.
    @Test func theLogOfAStepBeginsWithIt() {
        var tail = LogTail()
        tail.append(Array("/bin/sh: 2: early: not found\n".utf8))
        tail.beginPart()
        tail.append(Array("late\n".utf8))
        #expect(tail.linesOfPart(9) == ["late"])
        #expect(tail.lines(9).count == 2)
        tail.append([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20))
        tail.append(Array("\nend\n".utf8))
        #expect(tail.linesOfPart(1) == ["end"])
    }
}
