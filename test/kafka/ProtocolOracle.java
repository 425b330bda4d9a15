import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Apache Kafka's own generated classes as an oracle. Lines of "message version hex" come in; for each, the bytes are read
 * by Kafka, written again by Kafka, and printed; "unknown" where this release has no such message or version, "error"
 * and the reason where the bytes are refused or not used up. The line "errors" prints the table of error codes.
 */
public class ProtocolOracle {
    private static final String[] PLACES = {
        "org.apache.kafka.common.message.%sData",
        "org.apache.kafka.common.message.%s",
        "org.apache.kafka.common.metadata.%s",
        "org.apache.kafka.coordinator.group.generated.%s",
        "org.apache.kafka.coordinator.transaction.generated.%s",
        "org.apache.kafka.coordinator.share.generated.%s",
    };

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("errors")) {
                for (Errors error : Errors.values()) {
                    out.printf("%d %s %b %b%n", error.code(), error.name(),
                        error.exception() instanceof RetriableException,
                        error.exception() instanceof InvalidMetadataException);
                }
            } else {
                String[] parts = line.split(" ", -1);
                out.println(echo(parts[0], Short.parseShort(parts[1]), HexFormat.of().parseHex(parts[2])));
            }
        }
        out.flush();
    }

    private static String echo(String name, short version, byte[] bytes) {
        try {
            Message message = create(name);
            if (message == null || version < message.lowestSupportedVersion() || version > message.highestSupportedVersion()) {
                return "unknown";
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            message.read(new ByteBufferAccessor(buffer), version);
            if (buffer.hasRemaining()) return "error " + buffer.remaining() + " bytes left";
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ByteBuffer written = ByteBuffer.allocate(message.size(cache, version));
            message.write(new ByteBufferAccessor(written), cache, version);
            return HexFormat.of().formatHex(written.array(), 0, written.position());
        } catch (Exception problem) {
            return "error " + problem;
        }
    }

    private static Message create(String name) throws Exception {
        for (String place : PLACES) {
            try {
                return (Message) Class.forName(String.format(place, name)).getDeclaredConstructor().newInstance();
            } catch (ClassNotFoundException absent) {
                continue;
            }
        }
        return null;
    }
}
