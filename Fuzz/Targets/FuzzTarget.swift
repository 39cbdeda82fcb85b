internal import BelljarModel
internal import BelljarPlan

/// A property that does not hold for some input.
public struct FuzzFinding: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// A reader of bytes that somebody else wrote. The fuzzer and the tests feed it through `run`.
///
/// Public, because the fuzzer is a package of its own.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case recipe, toolchain, lock, record, json, directory
    case plan, report
    case control, release, apt
    case message, messages, archive, deb, diff
    case program, image, path, folder, clock, proc

    /// Gives the input to the reader.
    ///
    /// - Returns: whether the reader accepted it.
    /// - Throws: a property that does not hold. A reader that crashes ends the process.
    public func run(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        switch self {
        case .recipe: try TextTargets.recipe(input)
        case .toolchain: try TextTargets.toolchain(input)
        case .lock: try TextTargets.lock(input)
        case .record: try ObjectTargets.record(input)
        case .json: try ObjectTargets.json(input)
        case .directory: try ObjectTargets.directory(input)
        case .plan: try WireTargets.plan(input)
        case .report: try WireTargets.report(input)
        case .control: try DebianTargets.control(input)
        case .release: try DebianTargets.release(input)
        case .apt: try DebianTargets.apt(input)
        case .message: try WireTargets.message(input)
        case .messages: try ArchiveTargets.messages(input)
        case .archive: try ArchiveTargets.archive(input)
        case .deb: try ArchiveTargets.deb(input)
        case .diff: try DiffTargets.diff(input)
        case .program: try CallerTargets.program(input)
        case .image: try CallerTargets.image(input)
        case .path: try CallerTargets.path(input)
        case .folder: try CallerTargets.folder(input)
        case .clock: try CallerTargets.clock(input)
        case .proc: CallerTargets.proc(input)
        }
    }

    /// Inputs that are accepted, from the encoder of the same format. Formats that only others write have their
    /// examples in `Fuzz/Seeds`.
    public var samples: [[UInt8]] {
        switch self {
        case .record: Samples.records
        case .directory: Samples.directories
        case .plan: Samples.plans
        case .report: Samples.reports
        case .message: Samples.messages.map { $0.encoded() }
        case .messages: [Samples.messages.flatMap(ArchiveMessageReader.frame)]
        case .diff: DiffTargets.samples
        case .program: Samples.programs
        case .image: Samples.images
        case .path: ["/proc/self/exe", "/dev/../proc/thread-self/cwd/.", "."].map { Array($0.utf8) }
        case .folder: Samples.folders
        case .clock: Samples.clocks
        case .proc: Samples.texts
        default: []
        }
    }
}

/// Runs a reader.
///
/// - Returns: nil if it refused the input with its own error.
func accepted<Value, Failure: Error>(_ read: () throws(Failure) -> Value) -> Value? {
    do { return try read() } catch { return nil }
}

/// What an encoder made of an accepted value has to be read as the same value.
func require(_ holds: Bool, _ property: String) throws(FuzzFinding) {
    guard holds else { throw FuzzFinding(property) }
}
