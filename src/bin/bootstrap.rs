//! The AWS Lambda function, for the runtime `provided.al2023`.

use lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    vpce_guard::lambda::serve().await
}
