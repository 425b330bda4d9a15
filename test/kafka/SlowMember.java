import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer of Apache Kafka whose polls take longer to process than max.poll.interval.ms allows. Arguments: bootstrap group topic. */
public class SlowMember {
  public static void main(String[] args) throws Exception {
    Properties settings = new Properties();
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    settings.put(CommonClientConfigs.GROUP_ID_CONFIG, args[1]);
    settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, "1500");
    settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, "300");
    settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, "10000");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "10");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
      consumer.subscribe(List.of(args[2]));
      while (true) {
        ConsumerRecords<byte[], byte[]> polled = consumer.poll(Duration.ofMillis(200));
        if (polled.isEmpty()) continue;
        System.out.println("working");
        Thread.sleep(2500);
        try {
          consumer.commitSync();
        } catch (RuntimeException expected) {
          // The group went on without this member: what it has processed will be processed again.
          System.out.println(expected.getClass().getSimpleName());
        }
      }
    }
  }
}
