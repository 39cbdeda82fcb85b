internal import BelljarFuzz
internal import Glibc

// libFuzzer with one of the targets. One program holds them all, because it takes minutes to compile; the name comes in
// the environment, because libFuzzer starts the program anew with arguments of its own to make an input smaller.

/// libFuzzer's loop: takes its arguments, and calls the function with one input after the other.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

private func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

private let target: FuzzTarget = {
    guard let target = environment("BELLJAR_FUZZ_TARGET").flatMap(FuzzTarget.init(rawValue:)) else {
        print("BELLJAR_FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
        exit(2)
    }
    return target
}()

/// Writes the target's samples to a folder, for formats that have an encoder here.
private func writeSamples(to folder: String) {
    for (index, sample) in target.samples.enumerated() {
        guard let file = fopen("\(folder)/sample-\(index)", "w") else {
            perror(folder)
            exit(1)
        }
        fwrite(sample, 1, sample.count, file)
        fclose(file)
    }
}

/// Gives one input to the target. libFuzzer's own main function, which this program has no use for, wants the name.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    do {
        _ = try target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        // A property does not hold. Ending like a crash makes libFuzzer keep the input.
        preconditionFailure("\(target.rawValue): \(error)")
    }
    return 0
}

if let folder = environment("BELLJAR_FUZZ_SAMPLES") {
    writeSamples(to: folder)
} else {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(runFuzzer(&count, &arguments, testOneInput))
}
