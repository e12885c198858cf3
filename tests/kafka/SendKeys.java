// Sends a record for each line of stdin, which is its key, with Kafka's own producer as it comes,
// and prints the partition that each went to: SendKeys BOOTSTRAP TOPIC.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

public class SendKeys {
  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments[0]);
    properties.put("linger.ms", "5");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
      BufferedReader keys =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String key = keys.readLine(); key != null; key = keys.readLine()) {
        sent.add(producer.send(new ProducerRecord<>(arguments[1], key, "")));
      }
      for (Future<RecordMetadata> one : sent) System.out.println(one.get().partition());
    }
  }
}
