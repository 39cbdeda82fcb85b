/// What the kernel hands to a filter (`struct seccomp_data`), 64 bytes.
struct SeccompCall {
    static let x86_64: UInt32 = 0xc000_003e
    static let i386: UInt32 = 0x4000_0003

    var number: UInt32
    var architecture = SeccompCall.x86_64
    var arguments = [UInt64](repeating: 0, count: 6)

    /// The 32-bit words as a filter loads them: number, architecture, instruction pointer, arguments.
    var words: [UInt32] {
        [number, architecture, 0, 0] + arguments.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
    }
}

/// The kernel's answer to a call, from the number that a filter returns.
enum SeccompAnswer: Equatable, CustomStringConvertible {
    case allow, killProcess
    case error(UInt16)
    case other(UInt32)

    init(_ number: UInt32) {
        switch number & 0xffff_0000 {
        case 0x7fff_0000: self = .allow
        case 0x8000_0000: self = .killProcess
        case 0x0005_0000: self = .error(UInt16(number & 0xffff))
        default: self = .other(number)
        }
    }

    var description: String {
        switch self {
        case .allow: "ALLOW"
        case .killProcess: "KILL"
        case .error(let number): "ERRNO \(number)"
        case .other(let number): "OTHER \(number)"
        }
    }

    /// The stricter comes first in the kernel's order of actions.
    private var strictness: Int {
        switch self {
        case .killProcess: 3
        case .other: 2
        case .error: 1
        case .allow: 0
        }
    }

    /// The answer of stacked filters, in load order: the strictest, and among equally strict ones that of the filter
    /// loaded last (kernel/seccomp.c, seccomp_run_filters, starts with the newest).
    static func of(_ filters: [ClassicBPF], _ call: SeccompCall) throws -> SeccompAnswer {
        var answer = SeccompAnswer.allow
        for filter in filters.reversed() {
            let next = SeccompAnswer(try filter.run(call.words))
            if next.strictness > answer.strictness { answer = next }
        }
        return answer
    }
}

/// Runs the part of classic BPF that seccomp filters are made of, written from the kernel's description of the
/// instructions (Documentation/networking/filter.rst), so that filters can be tested without loading them.
struct ClassicBPF: Sendable {
    struct Fault: Error { var reason: String }

    private struct Instruction: Sendable {
        var code: UInt16
        var whenTrue: Int
        var whenFalse: Int
        var operand: UInt32
    }

    private let program: [Instruction]

    init(_ bytes: [UInt8]) throws {
        guard bytes.count.isMultiple(of: 8) else { throw Fault(reason: "\(bytes.count) bytes") }
        program = stride(from: 0, to: bytes.count, by: 8).map { start in
            func number(_ offset: Int, _ size: Int) -> UInt32 {
                (0..<size).reduce(0) { $0 | UInt32(bytes[start + offset + $1]) << UInt32(8 * $1) }
            }
            return Instruction(
                code: UInt16(number(0, 2)), whenTrue: Int(bytes[start + 2]), whenFalse: Int(bytes[start + 3]),
                operand: number(4, 4))
        }
    }

    func run(_ data: [UInt32]) throws -> UInt32 {
        var accumulator: UInt32 = 0
        var next = 0
        // Jumps go forward only, so a program ends after as many steps as it has instructions.
        while program.indices.contains(next) {
            let instruction = program[next]
            let operand = instruction.operand
            next += 1
            func jump(_ condition: Bool) { next += condition ? instruction.whenTrue : instruction.whenFalse }
            switch instruction.code {
            case 0x20:  // ld word
                guard operand.isMultiple(of: 4), Int(operand) / 4 < data.count else {
                    throw Fault(reason: "load at \(operand)")
                }
                accumulator = data[Int(operand) / 4]
            case 0x54: accumulator &= operand
            case 0x05: next += Int(operand)
            case 0x15: jump(accumulator == operand)
            case 0x25: jump(accumulator > operand)
            case 0x35: jump(accumulator >= operand)
            case 0x45: jump(accumulator & operand != 0)
            case 0x06: return operand
            default: throw Fault(reason: "instruction \(instruction.code)")
            }
        }
        throw Fault(reason: "ran off the end")
    }
}
