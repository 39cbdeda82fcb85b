import java.security.SecureRandom;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Random numbers of every kind. */
public class Randoms {
    /** Prints them. */
    public static void main(String[] arguments) throws Exception {
        System.out.println(new SecureRandom().nextLong() + " " + SecureRandom.getInstanceStrong().nextLong());
        System.out.println(UUID.randomUUID() + " " + java.nio.file.Files.createTempFile("a", "b"));
    }
}
