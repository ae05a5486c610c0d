<?php
// Counts its visitors in the database, and says how many there were.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
try {
    $db = new mysqli('db', 'lamp', getenv('DB_PASSWORD'), 'lamp');
    $db->query('CREATE TABLE IF NOT EXISTS visit (id INT AUTO_INCREMENT PRIMARY KEY, at TIMESTAMP DEFAULT NOW())');
    $db->query('INSERT INTO visit () VALUES ()');
    $count = $db->query('SELECT COUNT(*) FROM visit')->fetch_row()[0];
    echo "visit $count, by PHP " . PHP_MAJOR_VERSION . " and " . $db->server_info . "\n";
} catch (mysqli_sql_exception $fault) {
    http_response_code(503);
    echo "the database does not answer yet\n";
}
