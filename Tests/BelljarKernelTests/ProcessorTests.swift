import Testing

@testable import BelljarKernel

@Suite struct ProcessorTests {
    @Test func `each bit has its name`() {
        #expect(Processor.missing(0) == [])
        #expect(Processor.missing(0b100_0001) == ["pni", "lahf_lm"])
        #expect(Processor.missing(.max) == ["pni", "ssse3", "cx16", "sse4_1", "sse4_2", "popcnt", "lahf_lm"])
    }

    /// The kernel reads the same instruction.
    @Test func `this processor is what the kernel says it is`() throws {
        let text = String(
            decoding: try Descriptor.workingDirectory.open("/proc/cpuinfo").readAll(limit: 16 << 20), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags") })
        let flags = Set(line.split(separator: " ").map(String.init))
        #expect(Processor.missing == Processor.missing(.max).filter { !flags.contains($0) })
    }
}
