"""What people type after the steps of the start page: one upload with each program, with nothing else set."""

from typing import Final

HOST: Final = "api.openai.com"
URL: Final = f"https://{HOST}/v1/files"

REQUESTS: Final = f"""
python - <<'END'
import requests
with open("file.bin", "rb") as file:
    answer = requests.post("{URL}", files={{"file": file}}, data={{"purpose": "user_data"}})
print(answer.status_code, answer.text)
END
"""
HTTPX: Final = REQUESTS.replace("requests", "httpx")
URLLIB: Final = f"""
python - <<'END'
import urllib.error, urllib.request
request = urllib.request.Request("{URL}", open("file.bin", "rb").read(), {{"content-type": "application/octet-stream"}})
try:
    answer = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())
END
"""
OFFICIAL: Final = """
python - <<'END'
import openai
try:
    print(200, openai.OpenAI(api_key="k", max_retries=0).files.create(file=open("file.bin", "rb"), purpose="user_data"))
except openai.APIStatusError as error:
    print(error.status_code, error)
END
"""
NODE: Final = f"""
node --input-type=module - <<'END'
import {{ openAsBlob }} from "node:fs";
const form = new FormData();
form.append("purpose", "user_data");
form.append("file", await openAsBlob("file.bin"), "file.bin");
const answer = await fetch("{URL}", {{ method: "POST", body: form }});
console.log(answer.status, await answer.text());
END
"""
JAVA: Final = f"""
cat > Upload.java <<'END'
import java.net.URI;
import java.net.http.*;
import java.nio.file.Path;
class Upload {{
  public static void main(String[] words) throws Exception {{
    var request = HttpRequest.newBuilder(URI.create("{URL}")).POST(HttpRequest.BodyPublishers.ofFile(Path.of("file.bin"))).build();
    var client = HttpClient.newBuilder().proxy(java.net.ProxySelector.getDefault()).build();
    var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    System.out.println(answer.statusCode() + " " + answer.body());
  }}
}}
END
java Upload.java
"""
JAVA_URL: Final = f"""
cat > Old.java <<'END'
import java.net.*;
import java.nio.file.*;
class Old {{
  public static void main(String[] words) throws Exception {{
    var to = (HttpURLConnection) new URL("{URL}").openConnection();
    to.setDoOutput(true);
    to.getOutputStream().write(Files.readAllBytes(Path.of("file.bin")));
    var status = to.getResponseCode();
    var answer = status < 400 ? to.getInputStream() : to.getErrorStream();
    System.out.println(status + " " + new String(answer.readAllBytes()));
  }}
}}
END
java Old.java
"""
CURL: Final = f"""
curl -sS -K .curlrc -w '\\n%{{http_code}}' -F purpose=user_data -F file=@file.bin {URL}
"""
