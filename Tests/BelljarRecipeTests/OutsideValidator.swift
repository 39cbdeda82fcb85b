import BelljarKernel
import BelljarModel
import TestSupport
import Testing

/// check-jsonschema: somebody else's opinion of what a schema says. `Scripts/setup.sh tests` installs it.
enum OutsideValidator {
    /// The folder that holds Package.swift.
    static let project = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private static let program = project + "/.build/check-jsonschema/bin/check-jsonschema"

    static let isInstalled = (try? Descriptor.workingDirectory.open(program, [.read, .followingLinks])) != nil
    static let whyNot: Comment = "check-jsonschema is not installed (Scripts/setup.sh tests)"

    /// What it says of each file that it refuses, by path. All others it accepts.
    ///
    /// - Parameter folder: for its answer.
    static func refusals(
        of files: [String], schema: String, in folder: TestFolder
    ) throws -> [String: [String]] {
        let answer = try run(["--schemafile", schema, "--output-format", "JSON"] + files, in: folder)
        let json = try CanonicalJSON.decode(answer, sizeLimit: 256 << 20)
        let status = try #require(json["status"]?.string)
        var refusals: [String: [String]] = [:]
        for error in (json["errors"]?.array ?? []) + (json["parse_errors"]?.array ?? []) {
            let file = try #require(error["filename"]?.string)
            // Of several alternatives, why the most likely one was not met.
            let words = [error, error["best_deep_match"]].compactMap { part in
                part.map { "\($0["path"]?.string ?? ""): \($0["message"]?.string ?? "")" }
            }
            refusals[file, default: []].append(words.joined(separator: "; "))
        }
        #expect((status == "ok") == refusals.isEmpty, "\(status)")
        #expect(Set(files).isSuperset(of: refusals.keys))
        return refusals
    }

    /// Whether a schema is one, by the schema of schemas.
    static func accepts(schema: String, in folder: TestFolder) throws -> Bool {
        let answer = try run(["--check-metaschema", "--output-format", "JSON", schema], in: folder)
        return try CanonicalJSON.decode(answer)["status"] == "ok"
    }

    private static func run(_ arguments: [String], in folder: TestFolder) throws -> [UInt8] {
        let opened = try folder.open()
        let output = try opened.open("answer", [.write, .create, .truncate])
        let complaint = try opened.open("complaint", [.write, .create, .truncate])
        let null = try Descriptor.workingDirectory.open("/dev/null")
        var child = try ChildProcess.spawn(
            program, argv: [program] + arguments,
            environment: ["HOME": folder.path, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"],
            descriptors: [(null.number, 0), (output.number, 1), (complaint.number, 2)])
        let end = try child.wait()
        let words = String(decoding: try opened.open("complaint").readAll(limit: 1 << 20), as: UTF8.self)
        #expect([.status(0), .status(1)].contains(end.exit), "\(words)")
        return try opened.open("answer").readAll(limit: 256 << 20)
    }
}
