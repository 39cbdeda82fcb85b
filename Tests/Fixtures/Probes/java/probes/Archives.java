import java.io.FileOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import java.util.Properties;

/** Archives and properties with the times that the library gives them. */
public class Archives {
    static void show(String name) throws Exception {
        var digest = java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(Path.of(name)));
        System.out.println(name + " " + new java.math.BigInteger(1, digest).toString(16));
    }

    public static void main(String[] arguments) throws Exception {
        try (var zip = new ZipOutputStream(new FileOutputStream("a.zip"))) {
            zip.putNextEntry(new ZipEntry("one"));
            zip.write("one".getBytes());
        }
        try (var jar = new JarOutputStream(new FileOutputStream("a.jar"), new Manifest())) {
            jar.putNextEntry(new ZipEntry("two"));
        }
        var properties = new Properties();
        for (int i = 0; i < 10; i++) properties.setProperty("key" + i, "value");
        try (var file = new FileOutputStream("a.properties")) { properties.store(file, "comment"); }
        show("a.zip");
        show("a.jar");
        show("a.properties");
        System.out.print(Files.readString(Path.of("a.properties")));
    }
}
