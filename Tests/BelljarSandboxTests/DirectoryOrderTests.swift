import BelljarControls
import BelljarModel
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// Directories are listed by name, next to how they are listed otherwise.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct DirectoryOrderTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    private static func world(_ order: ControlState) -> World {
        var states = ControlStates.real
        states[.order] = order
        return World(states: states, epoch: 0, cpus: 2)
    }

    private func output(_ script: String, _ order: ControlState = .sorted, layers: [String] = []) throws -> String {
        let result = try fixture.run([fixture.script(script)], buildLayers: layers, world: Self.world(order))
        #expect(result.status == .ok, "\(result.errors)")
        return result.output
    }

    /// Made in an order that no file system keeps by chance; 'Z' comes before 'a', as bytes do.
    private static let making =
        "mkdir d; cd d; for i in m z B a Z q C k '!' '-' '#x' ä 10 9; do : > \"$i\"; done; cd ..;"
    private static let sorted = ["!", "#x", "-", "10", "9", "B", "C", "Z", "a", "k", "m", "q", "z", "ä"]

    @Test(arguments: ["/build", "/tmp", "/out", "/dev/shm"]) func namesComeSorted(_ place: String) throws {
        let script = "cd \(place); \(Self.making) find d"
        let expected = (["d"] + Self.sorted.map { "d/" + $0 }).map { $0 + "\n" }.joined()
        #expect(try output(script) == expected)
        let real = try output(script, .real)
        #expect(real != expected, "the control shows no other order")
        #expect(Set(real.split(separator: "\n")) == Set(expected.split(separator: "\n")))
    }

    /// A directory of several layers, with a name that was removed and one that was added.
    @Test func mergedDirectoriesComeSorted() throws {
        for (layer, names) in [("one", ["c", "a", "gone"]), ("two", ["b", "d"])] {
            try fixture.makeDirectory("\(layer)/d")
            for name in names { try fixture.write("\(layer)/d/\(name)", name) }
        }
        let layers = ["one", "two"].map { fixture.folder + "/" + $0 }
        #expect(try output("rm d/gone; : > d/bb; find d", layers: layers) == "d\nd/a\nd/b\nd/bb\nd/c\nd/d\n")
    }

    /// More than one answer is large, and removed while it is listed.
    @Test func aLargeDirectoryIsListedAndRemoved() throws {
        let script = """
            mkdir -p a/b; i=0
            while [ $i -lt 4000 ]; do : > a/b/$i; : > a/$i; i=$((i + 1)); done
            find a/b | wc -l; find a/b > list; sort list > sorted; LC_ALL=C sort -c list && echo in order
            rm -rf a; ls
            """
        #expect(try output(script) == "4001\nin order\nlist\nsorted\n")
    }

    @Test func processesKeepTheirOrder() throws {
        let script = "find /proc -maxdepth 1 -name '[0-9]*' | head -n 1"
        #expect(try output(script) == "/proc/1\n")
    }
}
