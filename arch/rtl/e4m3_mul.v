// Product of two fp8_e4m3 codes (OCP: 7'h7F apart from the sign is NaN, no infinity), exact:
// (-1)^sign significand 2^(exponent - 20), exponent 2..30. Subnormals are taken; a zero has significand 0. Where nan
// is 1 the other outputs mean nothing. Combinational.
//   a = b = 8'h38 (1): sign 0, exponent 5'h0E, significand 8'h40.   a = 8'h7E (448), b = 8'h81 (-2^-9): sign 1,
//   exponent 5'h10, significand 8'h0E.   a = 8'hFF: nan = 1.
module e4m3_mul (
    input  wire [7:0] a,
    input  wire [7:0] b,
    output wire       nan,
    output wire       sign,
    output wire [4:0] exponent,
    output wire [7:0] significand
);
  wire a_normal = a[6:3] != 4'd0;
  wire b_normal = b[6:3] != 4'd0;
  assign nan = &a[6:0] || &b[6:0];
  assign sign = a[7] ^ b[7];
  // A subnormal has the exponent of field 1.
  assign exponent = {1'b0, a[6:4], a[3] || !a_normal} + {1'b0, b[6:4], b[3] || !b_normal};
  assign significand = {4'd0, a_normal, a[2:0]} * {4'd0, b_normal, b[2:0]};
endmodule
