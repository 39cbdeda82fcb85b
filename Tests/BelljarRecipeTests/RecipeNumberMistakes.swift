/// Those of `RecipeMistakes` that numbers make.
extension RecipeMistakes {
    static let numbers: [MistakeRow] = [
        MistakeRow(
            "epoch zero", replacing: "1416139200", with: "0",
            "4:8: epoch \"0\" is not between 1 and 8589934591\(epochs)"),
        MistakeRow(
            "epoch too late", replacing: "1416139200", with: "8589934592",
            "4:8: epoch \"8589934592\" is not between 1 and 8589934591\(epochs)"),
        MistakeRow(
            "epoch beyond 64 bits", replacing: "1416139200", with: "99999999999999999999",
            "4:8: epoch \"99999999999999999999\" is not between 1 and 8589934591\(epochs)"),
        MistakeRow(
            "negative epoch", replacing: "1416139200", with: "-1",
            "4:8: epoch \"-1\" is not a whole number\(epochs)"),
        MistakeRow(
            "quoted epoch", replacing: "1416139200", with: "\"1416139200\"",
            "4:8: epoch must be a whole number without quotes, or auto, not text\(epochs)"),
        MistakeRow(
            "epoch as a date", replacing: "1416139200", with: "2014-11-16",
            "4:8: epoch \"2014-11-16\" is not a whole number; 1416096000 is that in seconds since 1970"),
        MistakeRow(
            "epoch with an exponent", replacing: "1416139200", with: "1.4e9",
            "4:8: epoch \"1.4e9\" is not a whole number\(epochs)"),
        MistakeRow(
            "epoch in milliseconds", replacing: "1416139200", with: "1416139200123",
            "4:8: epoch \"1416139200123\" is not between 1 and 8589934591; 1416139200 is that in seconds since 1970"),
        MistakeRow(
            "octal epoch", replacing: "1416139200", with: "0755",
            "4:8: epoch \"0755\" begins with a zero\(epochs)"),
        MistakeRow(
            "bare duration", replacing: "10m", with: "600",
            "14:19: timeout \"600\" is not a duration such as 10m (a whole number, and s, m or h)"),
        MistakeRow(
            "unknown unit of time", replacing: "10m", with: "10d",
            "14:19: timeout \"10d\" is not a duration such as 10m (a whole number, and s, m or h)"),
        MistakeRow(
            "no time", replacing: "10m", with: "0s",
            "14:19: timeout \"0s\" is not between 1 and 604800 seconds"),
        MistakeRow(
            "huge duration", replacing: "10m", with: "18446744073709551615h",
            "14:19: timeout \"18446744073709551615h\" is not between 1 and 604800 seconds"),
        MistakeRow(
            "decimal size", replacing: "timeout: 10m", with: "memory: 1.5GiB",
            "14:18: memory \"1.5GiB\" is not a size such as 512MiB (a whole number, and KiB, MiB, GiB or nothing for bytes)"
        ),
        MistakeRow(
            "SI unit", replacing: "timeout: 10m", with: "scratch: 2GB",
            "14:19: scratch \"2GB\" is not a size such as 512MiB (a whole number, and KiB, MiB, GiB or nothing for bytes)"
        ),
        MistakeRow(
            "small memory", replacing: "timeout: 10m", with: "memory: 1MiB",
            "14:18: memory \"1MiB\" is not between 16MiB and 1024GiB"),
        MistakeRow(
            "huge size", replacing: "timeout: 10m", with: "file: 17179869184GiB",
            "14:16: file \"17179869184GiB\" is not between 1MiB and 1024GiB"),
        MistakeRow(
            "no processes", replacing: "timeout: 10m", with: "processes: 0",
            "14:21: processes \"0\" is not between 8 and 65536"),
        MistakeRow(
            "many CPUs", replacing: "timeout: 10m", with: "cpus: 4096",
            "14:16: cpus \"4096\" is not between 1 and 1024"),
        MistakeRow(
            "limits as text", replacing: "{timeout: 10m}", with: "none",
            "14:9: limits must be a mapping, not text"),
    ]
}
